/** Reaches the events of a server: through it where it runs, and on its store where it does not. */
import { resolve } from 'node:path';
import { SystemClock } from '../../common/index.js';
import { bindOrThrow } from '../../config/index.js';
import {
  StoredSubscriptions,
  StoreEventOperations,
  SubscriptionsInUseError,
  type EventOperations,
} from '../../events/index.js';
import { ServerOptions } from '../../lifecycle/index.js';
import { connectToServer, ControlChannelError } from '../../management/index.js';
import { openExistingStore, recordCodecOf, StoreLockedError, type Store } from '../../storage/index.js';
import { openConfiguration } from './open-catalog.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';

/** A server has its store open for a moment before it can be reached, and after. */
const WAIT_MS = 2_000;
const STEP_MS = 100;

/** @throws ConfigurationError, StoreMissingError, ControlChannelError and whatever opens no store, or `act` throws */
export async function withOperations(
  options: CommonOptions,
  context: ProgramContext,
  act: (operations: EventOperations) => Promise<void>,
): Promise<void> {
  const { host, directories } = await openConfiguration(options, context);
  const { storage } = bindOrThrow(host, ServerOptions, []);
  const clock = context.clock ?? new SystemClock();
  for (let waitedMs = 0; ; waitedMs += STEP_MS) {
    using remote = await connectToServer(directories.dataDirectory);
    // Awaited here: the connection goes with this block.
    if (remote) return await act(remote);
    if (storage.driver === 'memory')
      throw ControlChannelError.unreachable(directories.dataDirectory, 'none runs there, and its store is in memory');
    try {
      const path = resolve(directories.dataDirectory, storage.path);
      const store = await openExistingStore({ path, clock, codec: recordCodecOf(storage.encryption) });
      return await onStore(store, async () => act(await StoreEventOperations.offline(store, clock)));
    } catch (error) {
      if (!(error instanceof StoreLockedError)) throw error;
      if (waitedMs >= WAIT_MS) throw ControlChannelError.silent(error);
    }
    await clock.sleep(STEP_MS);
  }
}

/**
 * Durable subscriptions in the store, while no server has it open.
 *
 * @throws SubscriptionsInUseError, and what `withOperations` throws for a store that cannot be opened
 */
export async function withStoredSubscriptions(
  options: CommonOptions,
  context: ProgramContext,
  act: (subscriptions: StoredSubscriptions) => Promise<void>,
): Promise<void> {
  const { host, directories } = await openConfiguration(options, context);
  const { storage, events } = bindOrThrow(host, ServerOptions, []);
  const clock = context.clock ?? new SystemClock();
  const path = resolve(directories.dataDirectory, storage.path);
  if (storage.driver === 'memory')
    throw ControlChannelError.unreachable(directories.dataDirectory, 'its store is in memory');
  const store = await openExistingStore({ path, clock, codec: recordCodecOf(storage.encryption) }).catch(
    (error: unknown) => {
      throw error instanceof StoreLockedError ? new SubscriptionsInUseError(error) : error;
    },
  );
  await onStore(store, async () => act(await StoredSubscriptions.read(store, clock, events.durable)));
}

async function onStore(store: Store, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    await store.close();
  }
}
