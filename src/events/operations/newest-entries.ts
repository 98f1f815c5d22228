/** Reads the log from its end, a bounded part at a time. */
import { nextTurn } from '../../common/index.js';
import type { LogEntry, Store } from '../../storage/index.js';
import { matchesPattern } from '../contracts/event-name.js';
import type { EventQuery } from './event-operations.port.js';

/** Bodies may be large, so not many are in memory at once. */
const STEP = 200;

export interface NewestEntries {
  readonly entries: readonly LogEntry[];
  /** Position of the next older entries; `undefined` if there are none. */
  readonly next: number | undefined;
  readonly last: number;
  readonly damaged: number;
}

export async function newestEntries(
  store: Store,
  { name, fromTime, beforeTime, limit, through }: EventQuery,
): Promise<NewestEntries> {
  const { first, last } = await store.logStatus();
  const found: LogEntry[] = [];
  let damaged = 0;
  for (let end = Math.min(through ?? last, last); end >= first;) {
    const after = Math.max(first - 1, end - STEP);
    const page = await store.readLog({ after, through: end, fromTime, beforeTime, limit: STEP });
    damaged += page.damaged.length;
    for (const entry of page.entries.toReversed()) {
      if (name !== undefined && !matchesPattern(name, entry.name)) continue;
      found.push(entry);
      if (found.length === limit) return { entries: found, next: olderThan(entry, first), last, damaged };
    }
    end = after;
    // Others get their turn between two pages.
    await nextTurn();
  }
  return { entries: found, next: undefined, last, damaged };
}

function olderThan({ position }: LogEntry, first: number): number | undefined {
  return position > first ? position - 1 : undefined;
}
