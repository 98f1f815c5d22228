/**
 * The only place that reads the time or sets a timer, so that tests can put a fake clock in its stead.
 * Deadlines and back-off use monotonic time: the wall clock may jump.
 */
import { uptime } from 'node:os';

import { onAbort } from './abort.js';

export interface ClockTimer {
  /** Has no effect when the timer has fired. */
  cancel(): void;
}

/** The injection token and the shape of a clock. */
export abstract class Clock {
  /** Wall time in milliseconds since 1970. */
  abstract now(): number;
  /** Milliseconds since an arbitrary start, never going back. */
  abstract monotonicMs(): number;

  /** Milliseconds since the machine was booted, time in which it was suspended included; `undefined` where nobody knows. */
  sinceBootMs(): number | undefined {
    return undefined;
  }

  /** Runs `action` once after `delayMs`. A pending timer does not keep the process alive when `background` is set. */
  abstract after(delayMs: number, action: () => void, options?: { readonly background?: boolean }): ClockTimer;

  /** Resolves after `delayMs`, or earlier, without an error, when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        listening?.[Symbol.dispose]();
        resolve();
      };
      const timer = this.after(delayMs, wake);
      const listening = signal && onAbort(signal, wake);
    });
  }
}

/** Node fires a timer at once that is longer: almost 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  override sinceBootMs(): number {
    return uptime() * 1_000;
  }

  after(delayMs: number, action: () => void, options: { readonly background?: boolean } = {}): ClockTimer {
    if (delayMs > LONGEST_TIMER_MS) return this.#afterLong(delayMs, action, options);
    const timer = setTimeout(action, delayMs);
    if (options.background) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }

  #afterLong(delayMs: number, action: () => void, options: { readonly background?: boolean }): ClockTimer {
    const next = (): ClockTimer => this.after(delayMs - LONGEST_TIMER_MS, action, options);
    let timer = this.after(
      LONGEST_TIMER_MS,
      () => {
        timer = next();
      },
      options,
    );
    return { cancel: () => timer.cancel() };
  }
}

/** A timer that does nothing and keeps nothing alive: a handle for what takes one of Node's. */
export function idleTimer(intervalMs: number): NodeJS.Timeout {
  return setInterval(() => undefined, intervalMs).unref();
}

/** Resolves in the next turn of the event loop: after everything that is ready now, input and output included. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
