/**
 * Answers of a store that come some turns of the event loop late, each at random by another number: what is looked up may have changed by the
 * time of the answer. Suites run over both; `delayReads` decides for the file that calls it.
 */
import type { Store } from '../../src/storage/index.js';
import { pendingReads } from './fake-clock.js';

const READS: ReadonlySet<string | symbol> = new Set([
  'readLog',
  'findEntry',
  'logStatus',
  'cursors',
  'get',
  'scan',
  'scanDue',
  'totals',
  'parked',
]);
const MOST_TURNS = 4;

let isDelaying = false;
const known = new WeakMap<Store, Store>();
const shared = randomOf(Number(process.env['PANOTTI_TEST_SEED'] ?? 1));

/** Has every store that `withReads` is given in this file answer late. */
export function delayReads(): void {
  isDelaying = true;
}

/** The store itself or, after `delayReads`, one around it: the same one each time. */
export function withReads<T extends Store>(store: T): T {
  if (!isDelaying) return store;
  const around = known.get(store) ?? delayed(store, shared);
  known.set(store, around);
  known.set(around, around);
  // A proxy has the type of what is behind it.
  return around as T;
}

/** @param random gives numbers from 0 to 1 */
export function delayed<T extends Store>(store: T, random: () => number): T {
  const turns = async (): Promise<void> => {
    for (let left = Math.floor(random() * (MOST_TURNS + 1)); left > 0; left--)
      await new Promise((resolve) => setImmediate(resolve));
  };
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!READS.has(name)) return member.bind(target) as unknown;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        pendingReads.count++;
        try {
          // Half of the time before the store is asked, and half of it before it is heard.
          await turns();
          const answer: unknown = await Reflect.apply(member, target, args);
          await turns();
          return answer;
        } finally {
          pendingReads.count--;
        }
      };
    },
  });
}

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
