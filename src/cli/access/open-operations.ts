/** Reaches what operations work on: through the server where it runs, and in its store where it does not. */
import { resolve } from 'node:path';
import { SystemClock, type Clock } from '../../common/index.js';
import { bindOrThrow } from '../../config/index.js';
import { StoredSubscriptions, StoreEventOperations, SubscriptionsInUseError } from '../../events/index.js';
import { ServerOptions } from '../../lifecycle/index.js';
import { ControlChannelError, ControlClient, LocalOperations } from '../../management/index.js';
import type { Operation, OperationCaller, RequestShape, TargetName } from '../../management/operations/index.js';
import { openExistingStore, recordCodecOf, StoreLockedError, type Store } from '../../storage/index.js';
import type { CommandCall } from '../command/command.js';
import type { OperationCall } from '../command/operation-command.js';
import type { CommonOptions, Terminal } from '../command/surroundings.js';
import { jsonText } from '../command/terminal-text.js';
import { openConfiguration } from './open-catalog.js';

/** A server has its store open for a moment before it can be reached, and after. */
const WAIT_MS = 2_000;
const STEP_MS = 100;

type Act = (operations: OperationCaller) => Promise<void>;
type Call = Pick<CommandCall, 'options' | 'context'>;

/** How a command shows an answer. */
interface Presentation<A> {
  /** What `--json` prints. */
  readonly json: (answer: A) => unknown;
  readonly show: (answer: A, terminal: Terminal) => void;
}

/** A command that asks one thing and shows the answer. */
export function answered<A, S extends RequestShape, T extends TargetName>(
  operation: Operation<A, S, T>,
  { json, show }: Presentation<A>,
): (call: OperationCall<S, CommonOptions & { json?: true }>) => Promise<void> {
  return (call) =>
    withOperations(operation.on, call, async (operations) => {
      const answer = await operations.call(operation, call.request);
      const { terminal } = call.context;
      if (call.options.json) terminal.out(`${jsonText(json(answer), 2)}\n`);
      else show(answer, terminal);
    });
}

/** @throws ConfigurationError, StoreMissingError, ControlChannelError and what opening the store or `act` throws */
export async function withOperations(on: TargetName, call: Call, act: Act): Promise<void> {
  const opened = await ServerStore.of(call);
  await (on === 'events' ? withEvents(opened, act) : withSubscriptions(opened, act));
}

async function withEvents(server: ServerStore, act: Act): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += STEP_MS) {
    using remote = await ControlClient.connect(server.dataDirectory);
    // Awaited here: the connection goes with this block.
    if (remote) return await act(remote);
    try {
      return await server.use('none runs there, and its store is in memory', async (store) => {
        await act(new LocalOperations({ events: await StoreEventOperations.offline(store, server.clock) }));
      });
    } catch (error) {
      if (!(error instanceof StoreLockedError)) throw error;
      if (waitedMs >= WAIT_MS) throw ControlChannelError.silent(error);
    }
    await server.clock.sleep(STEP_MS);
  }
}

/** @throws SubscriptionsInUseError while a server has the store open */
async function withSubscriptions(server: ServerStore, act: Act): Promise<void> {
  const { clock, options } = server;
  try {
    await server.use('its store is in memory', async (store) => {
      const subscriptions = await StoredSubscriptions.read(store, clock, options.events.durable);
      await act(new LocalOperations({ subscriptions }));
    });
  } catch (error) {
    throw error instanceof StoreLockedError ? new SubscriptionsInUseError(error) : error;
  }
}

/** The store that the configuration names. */
class ServerStore {
  private constructor(
    readonly dataDirectory: string,
    readonly options: ServerOptions,
    readonly clock: Clock,
  ) {}

  static async of({ options, context }: Call): Promise<ServerStore> {
    const { host, directories } = await openConfiguration(options, context);
    return new ServerStore(
      directories.dataDirectory,
      bindOrThrow(host, ServerOptions, []),
      context.clock ?? new SystemClock(),
    );
  }

  /**
   * Opens the store and closes it after `act`.
   *
   * @param inMemory why a store in memory cannot be used
   * @throws StoreLockedError while a server has it open, StoreMissingError
   */
  async use(inMemory: string, act: (store: Store) => Promise<void>): Promise<void> {
    const { storage } = this.options;
    if (storage.driver === 'memory') throw ControlChannelError.unreachable(this.dataDirectory, inMemory);
    const path = resolve(this.dataDirectory, storage.path);
    const store = await openExistingStore({ path, clock: this.clock, codec: recordCodecOf(storage.encryption) });
    try {
      await act(store);
    } finally {
      await store.close();
    }
  }
}
