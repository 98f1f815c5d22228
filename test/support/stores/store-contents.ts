/** What is in a store, as an operator sees it, in a form that survives JSON and that no format of the store changes. */
import type * as Common from '../../../src/common/index.ts';
import type * as Events from '../../../src/events/index.ts';
import type * as Storage from '../../../src/storage/index.ts';
import type { Memory } from './ledger.ts';

/** The build that opens the store. */
export interface StoreReader {
  readonly common: typeof Common;
  readonly events: typeof Events;
  readonly storage: typeof Storage;
}

export interface StoredEvent {
  readonly id: string;
  readonly position: number;
  readonly name: string;
  readonly version: number;
  readonly source: string;
  readonly correlationId: string;
  readonly priority: string;
  readonly payload: unknown;
  /** `handled`, `waiting`, `parked`, `retrying` or `dead`, by subscription. */
  readonly deliveries: Readonly<Record<string, string>>;
}

interface DeadLetterContents {
  readonly subscription: string;
  readonly id: string;
  readonly attempts: number;
  readonly errors: readonly { readonly name: string; readonly message: string }[];
}

export interface StoreContents {
  /** In the order of their publication. */
  readonly events: readonly StoredEvent[];
  readonly deadLetters: readonly DeadLetterContents[];
}

/** expected.json of a fixture. */
export interface Expected extends StoreContents, Memory {
  /** Base64; `null` when the store is not encrypted. */
  readonly key: string | null;
}

/**
 * @param path of the store's file; what is beside it is changed as by any opening
 * @throws when anything in the store is not as it was written
 */
export async function readContents(path: string, key: string | undefined, reader: StoreReader): Promise<StoreContents> {
  const { common, events, storage } = reader;
  const codec = storage.recordCodecOf({
    key: key === undefined ? undefined : new common.Secret(key),
    previousKeys: [],
  });
  const store = await storage.SqliteStore.open({ path, codec });
  try {
    for (let from = await store.verify(); from !== undefined;) from = await store.verify(from);
    const damaged = await store.parked();
    if (damaged.length > 0) throw new Error(`The store is damaged: ${JSON.stringify(damaged)}`);
    const operations = await events.StoreEventOperations.offline(store, new common.SystemClock());
    const page = await operations.listEvents({ limit: 1_000 });
    const { letters } = await operations.listDeadLetters({ limit: 1_000 });
    const listed = page.events.filter(({ name }) => name.startsWith('ledger.')).toReversed();
    return {
      events: await Promise.all(listed.map(async ({ id }) => storedEvent(await operations.showEvent(id)))),
      deadLetters: letters.map(({ subscription, eventId: id, attempts, errors }) => ({
        subscription,
        id,
        attempts,
        errors,
      })),
    };
  } finally {
    await store.close();
  }
}

function storedEvent(event: Events.EventDetails): StoredEvent {
  const { id, position, name, version, source, correlationId, priority, payload, deliveries } = event;
  const states = Object.fromEntries(deliveries.map(({ subscription, state }) => [subscription, state]));
  return { id, position, name, version, source, correlationId, priority, payload, deliveries: states };
}
