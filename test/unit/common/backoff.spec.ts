import { backoffDelayMs } from '../../../src/common/index.js';

const backoff = { initialMs: 1_000, maxMs: 80_000, factor: 2, jitter: 0.1 };

describe('the back-off', () => {
  it('doubles up to its limit and stays there', () => {
    const delays = [1, 2, 3, 7, 8, 20].map((attempt) => backoffDelayMs(backoff, attempt, () => 0.5));

    expect(delays).toEqual([1_000, 2_000, 4_000, 64_000, 80_000, 80_000]);
  });

  it('moves a delay by its jitter in both directions and no further', () => {
    expect(backoffDelayMs(backoff, 1, () => 0)).toBe(900);
    expect(backoffDelayMs(backoff, 1, () => 1)).toBe(1_100);
  });
});
