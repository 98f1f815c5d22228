import { HeapLevels } from '../../../../src/telemetry/heap/heap-levels.js';

/** Fills in the order in which they are seen, and which of them are warned of. */
const COURSES: readonly [what: string, fills: readonly number[], warned: readonly number[]][] = [
  ['a slow rise: at each level once', [0.5, 0.84, 0.85, 0.86, 0.94, 0.95, 0.99], [0.85, 0.95]],
  ['a leap over both levels: once', [0.3, 0.97, 0.98], [0.97]],
  ['a heap that goes up and down around a level: once', [0.86, 0.84, 0.86, 0.8, 0.87], [0.86]],
  ['a heap that was emptied in between: again', [0.86, 0.7, 0.86], [0.86, 0.86]],
  ['a heap that never comes near it: never', [0.1, 0.84, 0.2], []],
];

describe('the levels of the heap', () => {
  it.each(COURSES)('warn of %s', (_what, fills, warned) => {
    const levels = new HeapLevels();

    expect(fills.filter((fill) => levels.check(fill).warn)).toEqual(warned);
  });

  it('have allocations sampled from 60 % on, and until the heap is half empty', () => {
    const levels = new HeapLevels();

    expect([0.59, 0.6, 0.55, 0.49, 0.55].map((fill) => levels.check(fill).sample)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });
});
