/** What happens in the life of each store of test/fixtures/stores, as runs of the application of ledger.ts. */
import type { LedgerSettings, Order } from './ledger.ts';

/** One run of the application, from its start to its end. */
export interface Run extends Pick<LedgerSettings, 'orders' | 'hasBooks' | 'handle' | 'version'> {
  /** Handled or given up by the end, deliveries counted. Then the run ends. */
  readonly settles: number;
  /** So many deliveries are parked by the end, for handlers that know the version. Default: 0. */
  readonly waitsParked?: number;
  /** Ends by SIGKILL instead of by a stop. */
  readonly isKilled?: boolean;
}

export interface Scenario {
  /** The key of its store, for these tests alone; without one it is not encrypted. */
  readonly key?: string;
  readonly runs: readonly Run[];
}

/** Of no use outside of these tests: 32 bytes of 0x07. */
const TEST_KEY = Buffer.alloc(32, 7).toString('base64');
const ACCOUNTS = ['cash', 'bank', 'loans'];
const SUBSCRIPTIONS = 3;
/** Longer than a run takes, also on a slow machine; and what waits for it is due when a test opens the store. */
const LATER_MS = 30_000;

function orders(first: number, last: number): Order[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const number = first + index;
    return { number, account: ACCOUNTS[number % ACCOUNTS.length] ?? '' };
  });
}

/** Handles these numbers; the handlers of all others do not end. */
function until(last: number): NonNullable<Run['handle']> {
  return (_, number) => (number <= last ? undefined : new Promise(() => undefined));
}

/** Fails for these numbers in one subscription. */
function failing(subscription: string, numbers: readonly number[]): NonNullable<Run['handle']> {
  return (name, number) => {
    if (name !== subscription || !numbers.includes(number)) return undefined;
    throw new RangeError(`No entry ${number}`, { cause: new Error('The page is torn') });
  };
}

const HANDLED: Run = { orders: orders(1, 6), settles: 6 * SUBSCRIPTIONS };
/** Its plugin does not run while these are published. */
const BACKLOG: Run = { orders: orders(7, 20), hasBooks: false, settles: 0 };
const DEAD: Run = { orders: orders(1, 6), handle: failing('books.audit', [2, 4]), settles: 6 * SUBSCRIPTIONS };
const DELAYED: Run = {
  orders: [
    ...orders(1, 2),
    { number: 3, account: 'late', publish: { delayMs: LATER_MS } },
    { number: 4, account: 'later', publish: { delayMs: LATER_MS + 1_000, priority: 'high', deduplicationKey: 'once' } },
  ],
  settles: 2 * SUBSCRIPTIONS,
};
/** The first entries of two accounts fail and wait for their next attempt; what comes after them waits behind. */
const RETRYING: Run = { orders: orders(1, 9), handle: failing('books.book', [1, 2]), settles: 9 * 2 + 3 };
/** A newer ledger publishes while the books do not run, and the books that run again are too old for that. */
const NEWER: Run = { orders: orders(7, 10), version: 2, hasBooks: false, settles: 0 };
/** The last of four waits behind the first of its account in the subscription with a key. */
const TOO_OLD: Run = { settles: 0, waitsParked: 4 * SUBSCRIPTIONS - 1 };
const KILLED: Run = { orders: orders(1, 12), handle: until(5), settles: 5 * SUBSCRIPTIONS, isKilled: true };

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  plain: { runs: [HANDLED] },
  backlog: { runs: [HANDLED, BACKLOG] },
  'dead-letters': { runs: [DEAD] },
  delayed: { runs: [DELAYED] },
  'keyed-retries': { runs: [RETRYING] },
  parked: { runs: [HANDLED, NEWER, TOO_OLD] },
  // As `delayed` and `backlog`, by a build that keeps the time by which events are due, and since when a subscription is missing.
  'due-clock': { runs: [DELAYED] },
  missing: { runs: [HANDLED, BACKLOG] },
  killed: { runs: [KILLED] },
  encrypted: {
    key: TEST_KEY,
    runs: [
      { ...DEAD, orders: DELAYED.orders?.concat(orders(5, 6)) ?? [], settles: 4 * SUBSCRIPTIONS },
      { orders: orders(7, 9), handle: failing('books.book', [8]), settles: 3 * SUBSCRIPTIONS - 1 },
      { orders: orders(10, 12), hasBooks: false, settles: 0 },
    ],
  },
  'encrypted-killed': { key: TEST_KEY, runs: [KILLED] },
};
