import { StallDetector } from '../../../../src/telemetry/watchdog/stall-detector.js';

const POLL_MS = 25;

/** The times at which a detector reported, given what the counter showed at each poll. */
function reports(
  counts: readonly number[],
  times = counts.map((_count, poll) => poll * POLL_MS),
): (number | undefined)[] {
  const detector = new StallDetector(500);
  return counts.map((count, poll) => detector.check(count, times[poll]!));
}

function still(polls: number, count = 1): number[] {
  return Array.from({ length: polls }, () => count);
}

describe('the stall detector', () => {
  it('says nothing while the counter moves', () => {
    expect(reports(Array.from({ length: 200 }, (_, poll) => Math.floor(poll / 19))).filter(Boolean)).toEqual([]);
  });

  it('reports a counter that stands still at the threshold and at each doubling of it', () => {
    expect(reports(still(161)).filter(Boolean)).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('begins anew once the counter moves', () => {
    expect(reports([...still(30, 1), ...still(30, 2)]).filter(Boolean)).toEqual([500, 500]);
  });

  it('does not count a time in which it did not run itself', () => {
    const times = [0, 25, 50, 60_000, 60_025];

    expect(reports(still(times.length), times).filter(Boolean)).toEqual([]);
  });

  it('goes on reporting when it runs late by less than half a threshold', () => {
    const times = Array.from({ length: 6 }, (_, poll) => poll * 200);

    expect(reports(still(times.length), times).filter(Boolean)).toEqual([600, 1_000]);
  });

  it('says how long it can be left alone', () => {
    const detector = new StallDetector(500);
    const waits = [0, 100, 500, 600].map((nowMs) => {
      detector.check(1, nowMs);
      return detector.waitMs;
    });

    expect(waits).toEqual([500, 400, 500, 400]);
  });
});
