import { SystemClock, withinDeadline } from '../../../src/common/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';

describe('a deadline', () => {
  const late = (clock: FakeClock) => ({ clock, timeoutMs: 100, onLate: () => new Error('too late') });

  it('hands on what arrives in time, and leaves no timer behind', async () => {
    const clock = new FakeClock();

    await expect(withinDeadline(Promise.resolve('done'), late(clock))).resolves.toBe('done');
    await expect(withinDeadline(Promise.reject(new Error('failed')), late(clock))).rejects.toThrow('failed');
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects when it passes, and ignores what arrives later, also a rejection', async () => {
    const clock = new FakeClock();
    let fail = (_error: Error): void => undefined;
    const work = new Promise<never>((_resolve, reject) => (fail = reject));
    const outcome = withinDeadline(work, late(clock)).catch((error: Error) => error.message);
    await clock.advance(100);
    fail(new Error('much too late'));
    await settle();

    expect(await outcome).toBe('too late');
  });
});

describe('the sleep of a clock', () => {
  it('ends early, without an error, when its signal aborts, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const slept = clock.sleep(1_000, abort.signal);
    abort.abort();

    await slept;
    await clock.sleep(1_000, abort.signal);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the clock of the machine', () => {
  it('tells wall time, never goes back, and fires what is not cancelled', async () => {
    const clock = new SystemClock();
    const [wall, before] = [Date.now(), clock.monotonicMs()];
    clock
      .after(0, () => {
        throw new Error('cancelled timers do not fire');
      })
      .cancel();
    await clock.sleep(1);

    expect(clock.now()).toBeGreaterThanOrEqual(wall);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});
