import { RepeatedLines } from '../../../../src/telemetry/log/repeated-lines.js';
import { FakeClock } from '../../../support/fake-clock.js';

function storm(inFull?: number) {
  const clock = new FakeClock();
  const lines = new RepeatedLines(clock);
  const written: string[] = [];
  const happen = (kind: string, group = 'a'): void =>
    lines.write({
      group,
      kind,
      ...(inFull === undefined ? {} : { inFull }),
      write: () => written.push(kind),
      writeCount: (count) => written.push(`${kind}: ${count}`),
    });
  return { clock, lines, written, happen };
}

describe('lines that repeat', () => {
  it('are written once in full, and counted once a minute for as long as the storm lasts', async () => {
    const { clock, written, happen } = storm();
    for (let minute = 0; minute < 3; minute++) {
      for (let count = 0; count < 1_000; count++) happen(`lost ${count}`);
      await clock.advance(60_000);
    }

    expect(written).toEqual([
      'lost 0',
      'lost 999: 999 more within a minute',
      'lost 999: 1000 more within a minute',
      'lost 999: 1000 more within a minute',
    ]);
  });

  it('are written in full again after a minute of silence', async () => {
    const { clock, written, happen } = storm();
    happen('lost');
    await clock.advance(60_000);
    happen('lost');

    expect(written).toEqual(['lost', 'lost']);
  });

  it('need no timer as long as nothing is counted', async () => {
    const { clock, happen } = storm();
    happen('lost');
    expect(clock.pendingTimers).toBe(0);
    happen('lost');
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['numbers', 'port 1', 'port 22'],
    ['ids', 'event 0198c0de-aaaa-7bbb-8ccc-1234567890ab', 'event 0198c0df-aaaa-7bbb-8ccc-1234567890ab'],
    ['quoted values', 'no "a"', 'no "b"'],
  ])('are of one kind when they differ in %s alone', (_what, one, other) => {
    const { written, happen } = storm();
    happen(one);
    happen(other);

    expect(written).toEqual([one]);
  });

  it('are of two kinds when they say something else, or belong to another group', () => {
    const { written, happen } = storm();
    happen('lost');
    happen('found');
    happen('lost', 'b');

    expect(written).toEqual(['lost', 'found', 'lost']);
  });

  it('are of a bounded number of kinds', () => {
    const { lines, written, happen } = storm();
    const word = (count: number): string => [...String(count)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    for (let count = 0; count < 10_000; count++) happen(word(count));
    lines.flush();

    expect(written.length).toBeLessThanOrEqual(52);
    expect(written.at(-1)).toMatch(/: 9949 more within a minute$/);
  });

  it('are written so many times in full as they ask for', () => {
    const { written, happen } = storm(3);
    for (let count = 0; count < 10; count++) happen('lost');

    expect(written).toEqual(['lost', 'lost', 'lost']);
  });
});
