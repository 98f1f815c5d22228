import { warnWhileSlow } from '../../../../src/lifecycle/instance/warn-while-slow.js';
import { FakeClock } from '../../../support/fake-clock.js';

function watched<T>(work: PromiseLike<T>) {
  const clock = new FakeClock();
  const warnings: number[] = [];
  const result = warnWhileSlow(work, { clock, warn: (elapsedMs) => void warnings.push(elapsedMs / 1_000) });
  return { clock, warnings, result };
}

describe('the warnings about something slow', () => {
  it('come after 1, 2, 3, 5, 8 … s, and every minute once the pauses have grown to that', async () => {
    const { clock, warnings } = watched(new Promise(() => undefined));
    await clock.advance(400_000);

    expect(warnings).toEqual([1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 204, 264, 324, 384]);
  });

  it('end with it, whether it went well or not, and leave no timer', async () => {
    let finish = (): void => undefined;
    const well = watched(new Promise<string>((resolve) => (finish = () => resolve('done'))));
    await well.clock.advance(1_500);
    finish();
    expect(await well.result).toBe('done');

    const wrong = watched(Promise.reject(new Error('no')));
    await expect(wrong.result).rejects.toThrow('no');

    for (const { clock } of [well, wrong]) {
      expect(clock.pendingTimers).toBe(0);
      await clock.advance(10_000);
    }
    expect([well.warnings, wrong.warnings]).toEqual([[1], []]);
  });
});
