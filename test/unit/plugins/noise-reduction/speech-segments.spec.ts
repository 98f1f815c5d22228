import * as fc from 'fast-check';
import {
  speechSeconds,
  SpeechSegments,
  type SpeechSegment,
} from '../../../../src/plugins/noise-reduction/speech-segments.js';

function segmentsOf(probabilities: readonly number[]): SpeechSegment[] {
  const segments = new SpeechSegments(0.01);
  for (const probability of probabilities) segments.push(probability);
  return segments.finish(probabilities.length * 0.01);
}

/** Tens of frames, by probability. */
const frames = (...tens: number[]): number[] =>
  tens.flatMap((probability) => Array.from({ length: 10 }, () => probability));

describe('stretches of speech', () => {
  it('begin at a high probability and last until it is low', () => {
    expect(segmentsOf(frames(0, 0.4, 0.9, 0.4, 0.9, 0, 0, 0, 0))).toEqual([{ start: 0.2, end: 0.5 }]);
  });

  it('bridge the pauses between words and break at longer ones', () => {
    expect(segmentsOf(frames(0.9, 0, 0, 0.9, 0, 0, 0, 0.9))).toEqual([
      { start: 0, end: 0.4 },
      { start: 0.7, end: 0.8 },
    ]);
  });

  it('leave out clicks', () => {
    expect(segmentsOf([0, 0, 1, 1, 1, ...frames(0, 0, 0)])).toEqual([]);
  });

  it('are in order, apart, within the recording, and as long as they say in all', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 400 }), (probabilities) => {
        const found = segmentsOf(probabilities);
        const edges = found.flatMap(({ start, end }) => [start, end]);
        expect(edges).toEqual([...edges].sort((a, b) => a - b));
        expect(new Set(edges).size).toBe(edges.length);
        expect(speechSeconds(found)).toBeLessThanOrEqual(probabilities.length * 0.01 + 1e-9);
      }),
    );
  });
});
