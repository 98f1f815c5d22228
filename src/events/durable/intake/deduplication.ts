/** Ids and keys of events that are not accepted twice, each remembered for a time. */
import {
  StoreConflictError,
  type LogEntry,
  type Store,
  type StoredRecord,
  type StoreOperation,
} from '../../../storage/index.js';
import type { PublishedEvent } from '../../event/published-event.js';
import { EventIdTakenError } from '../../events.errors.js';
import type { PublishOptions } from '../../plugin-events.js';
import type { UnitOfWork } from '../../unit/unit-of-work.js';
import type { DueClock } from '../clock/due-clock.js';
import { openedEvent, type StoredEvent } from '../records/stored-event.js';

const TABLE = 'deduplication';
/** Scope of ids, which are those of the whole server; keys belong to their publisher, and no publisher has such a name. */
const IDS = '(ids)';

/** What an event must be the first to have. */
export interface Claim {
  readonly scope: string;
  readonly key: string;
}

/** An event with what it must be the first to have. */
export interface ClaimingEvent {
  readonly event: PublishedEvent;
  readonly stored: StoredEvent;
  readonly claims: readonly Claim[];
}

const NO_CLAIMS: readonly Claim[] = Object.freeze([]);

export function claimsOf({ id, origin }: PublishedEvent, options: PublishOptions): readonly Claim[] {
  if (options.id === undefined && options.deduplicationKey === undefined) return NO_CLAIMS;
  const claims: Claim[] = options.id === undefined ? [] : [{ scope: IDS, key: id }];
  if (options.deduplicationKey !== undefined) claims.push({ scope: origin.source, key: options.deduplicationKey });
  return claims;
}

export class Deduplication {
  /** @param windowMs how long a claim is remembered */
  constructor(
    private readonly store: Store,
    private readonly dues: DueClock,
    private readonly windowMs: number,
  ) {}

  /**
   * The operations that make the claims of an event, to be committed with it; `undefined` when one of them was made before.
   *
   * @param reader the store, or the unit that will be committed to it
   * @throws EventIdTakenError when the window is over and the log has another event with the id
   */
  async claim(
    { event, stored, claims }: ClaimingEvent,
    reader: Store | UnitOfWork,
  ): Promise<StoreOperation[] | undefined> {
    const operations: StoreOperation[] = [];
    const now = this.dues.now();
    for (const { scope, key } of claims) {
      const record = await reader.get(TABLE, scope, key);
      if (isRemembered(record, now)) return undefined;
      // An event may be in the log for longer than its id is remembered.
      const entry = scope === IDS ? await this.store.findEntry(key) : undefined;
      if (entry) {
        // The first publication may have been stored between the two reads: then its claim is there now.
        if (isSame(entry, stored) || isRemembered(await this.store.get(TABLE, scope, key), now)) return undefined;
        throw new EventIdTakenError(event.origin.source, event.origin.name, entry);
      }
      const due = now + this.windowMs;
      operations.push({
        op: 'put',
        table: TABLE,
        scope,
        key,
        value: event.id,
        due,
        expectedVersion: record?.version ?? 0,
      });
    }
    return operations;
  }

  /** Forgets the claims whose window is over. */
  forgetOld(): StoreOperation {
    return { op: 'prune', table: TABLE, dueBefore: this.dues.now() };
  }

  /** True if a unit was refused because another publisher has made a claim of it in between: it can be made again. */
  isRefusal(error: unknown, claims: readonly Claim[]): boolean {
    return claims.length > 0 && error instanceof StoreConflictError;
  }
}

function isRemembered(claim: StoredRecord | undefined, now: number): boolean {
  return claim !== undefined && (claim.due ?? 0) > now;
}

/** True if the same event is published again. Without a durable subscriber its payload is not stored. */
function isSame(entry: LogEntry, stored: StoredEvent): boolean {
  if (entry.name !== stored.name) return false;
  const [before, now] = [openedEvent(entry), openedEvent(stored)].map(({ event }) => JSON.stringify(event.payload));
  return before === now || now === 'null';
}
