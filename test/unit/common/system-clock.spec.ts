import { jest } from '@jest/globals';
import { SystemClock } from '../../../src/common/index.js';

const DAY_MS = 86_400_000;

describe('the clock of the machine', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('waits for longer than a timer of Node can: forty days, and not nothing', () => {
    jest.useFakeTimers();
    const fired: string[] = [];
    new SystemClock().after(40 * DAY_MS, () => fired.push('after 40 days'));
    jest.advanceTimersByTime(40 * DAY_MS - 1);
    expect(fired).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(fired).toEqual(['after 40 days']);
  });

  it('does nothing when such a wait is cancelled, at any time', () => {
    jest.useFakeTimers();
    const fired: string[] = [];
    const timer = new SystemClock().after(60 * DAY_MS, () => fired.push('never'));
    jest.advanceTimersByTime(30 * DAY_MS);
    timer.cancel();
    jest.advanceTimersByTime(60 * DAY_MS);
    expect(fired).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
