/** What the main thread and the watchdog's thread say to each other. */
import type { LineForm } from '../log/standard-error.js';

/** What the thread is to do; sent whenever it changes. Times in milliseconds, `Infinity` for never. */
export interface WatchdogOrders {
  /** How long the event loop may stand still before that is written to the standard error. */
  readonly reportAfterMs: number;
  /** How long it may stand still before the main thread is asked to have a look, without a report. */
  readonly lookAfterMs: number;
  /** How long it may stand still before the process is to end. */
  readonly endAfterMs: number;
  /** How long it may stand still before the process is killed, where the main thread has not ended it. */
  readonly killAfterMs: number;
  /** What `endAfterMs` comes from, for the last line of a process that is killed. */
  readonly limit: string;
  /** The process is to be gone this long after the order was sent, whether the event loop turns or not. */
  readonly deadlineMs: number;
  /** How lines on the standard error are written: as those of the log. */
  readonly form: LineForm;
}

export const NO_ORDERS: WatchdogOrders = {
  reportAfterMs: Number.POSITIVE_INFINITY,
  lookAfterMs: Number.POSITIVE_INFINITY,
  endAfterMs: Number.POSITIVE_INFINITY,
  killAfterMs: Number.POSITIVE_INFINITY,
  limit: '',
  deadlineMs: Number.POSITIVE_INFINITY,
  form: 'pretty',
};

/**
 * Set by the main thread, and never taken back: the thread opens no session from here on. One that it holds is still counted until it is over.
 * Node aborts the process where the main thread answers a session whose thread ends, so the thread ends without one.
 */
export const NO_MORE_SESSIONS = 1 << 30;

/** What the thread starts with. */
export interface WatchdogTask {
  /** One 32-bit counter; each heartbeat moves it and wakes the thread. */
  readonly heartbeat: SharedArrayBuffer;
  /** One 32-bit number: how many inspector sessions the thread holds, and `NO_MORE_SESSIONS`. */
  readonly sessions: SharedArrayBuffer;
  readonly orders: WatchdogOrders;
  /** The key of `Symbol.for` under which the main thread can be asked. */
  readonly accessor: string;
}

/** Asked on top of whatever the main thread does. */
export interface WatchdogQuestion {
  /** The deadline has passed: the main thread is to end the process. */
  readonly isDeadline: boolean;
  /** How long the counter has stood still. */
  readonly blockedMs: number;
  /** The counter as it stood. */
  readonly count: number;
  /** Whether the code that blocked was thrown away already, and the loop does not turn all the same. */
  readonly isUnwound?: boolean;
  /** How often this has been asked before, because the answer was `again`. */
  readonly tries: number;
}

/**
 * `unwind`: the code that blocks is to be thrown away, and the question asked again if that does not help.
 * `again`: between two pieces of code nothing is to be seen; if the counter still stands at the next answer, the loop is blocked.
 */
export type WatchdogAnswer =
  { readonly culprit: string; readonly plugin: string | undefined } | 'again' | 'over' | 'unwind';
