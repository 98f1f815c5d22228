/** Opens the control channel while the application runs. */
import { Logger, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, messageOf } from '../common/index.js';
import { DataDirectory } from '../config/index.js';
import { CommitSignal, EventBus, StoreEventOperations } from '../events/index.js';
import { Store, StoreStatus } from '../storage/index.js';
import { ControlChannel } from './control-channel.js';
import { ControlSocket } from './control-socket.js';
import { LocalOperations } from './local-operations.js';

/**
 * Lets the `panotti` command reach the events of this process while it runs, through a socket in the data directory that only the user of
 * the process can open. Import it beside `PluginHostModule.forRoot(…)`; the server has it already. If the channel cannot be opened, the log
 * has a warning and the application works without it.
 */
@Module({})
export class ControlChannelModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Control');
  #channel: ControlChannel | undefined;

  constructor(
    private readonly bus: EventBus,
    private readonly store: Store,
    private readonly status: StoreStatus,
    private readonly clock: Clock,
    private readonly data: DataDirectory,
  ) {}

  /** At this point the store is open. */
  async onApplicationBootstrap(): Promise<void> {
    const { store, clock } = this;
    const events = StoreEventOperations.live(this.bus.durable, { store, commits: new CommitSignal(this.status) });
    const socket = new ControlSocket(this.data.root);
    try {
      this.#channel = await ControlChannel.open(socket, new LocalOperations({ events }), clock);
    } catch (error) {
      socket[Symbol.dispose]();
      this.#logger.warn(messageOf(error));
    }
  }

  /** Runs before the plugins stop and before the store is closed. */
  async onModuleDestroy(): Promise<void> {
    await this.#channel?.close();
    this.#channel = undefined;
  }
}
