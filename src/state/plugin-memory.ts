/** Where the document and the stores of one plugin meet the store of the server: staging, quota, announcements, the end. */
import { activeUnit, unitOfWork, type PluginEvents, type UnitOfWork } from '../events/index.js';
import { StoreConflictError, StoreQuotaError, type Store, type StoreOperation } from '../storage/index.js';
import { StateClosedError, StateConflictError, StateQuotaError } from './state.errors.js';

/** One for everything, so that one limit counts it all: the document has the plugin as its scope, a store `<plugin>/<store>`. */
export const STATE_TABLE = 'plugin-state';

export interface PluginMemoryDetails {
  readonly plugin: string;
  readonly store: Store;
  /** In whose name changes are announced: it may publish `<plugin>.state.changed`. */
  readonly events: PluginEvents;
  /** In bytes. */
  readonly quota: number;
}

/** The payload of `<plugin>.state.changed`. What the new value is, the plugin tells whom it wants. */
export interface StateChange {
  /** Left out for the document. */
  readonly store?: string;
  readonly key?: string;
  /** Of the document or record; `undefined` when it was deleted. */
  readonly version?: number;
}

export class PluginMemory {
  readonly plugin: string;
  readonly store: Store;
  readonly #events: PluginEvents;
  readonly #quota: number;
  #isClosed = false;

  constructor({ plugin, store, events, quota }: PluginMemoryDetails) {
    this.plugin = plugin;
    this.store = store;
    this.#events = events;
    this.#quota = quota;
  }

  /**
   * Runs `action` in the unit around it or, where there is none, in one of its own that is committed when it has succeeded.
   *
   * @throws StateClosedError, StateQuotaError, StateConflictError
   */
  async inUnit<T>(what: string, action: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await unitOfWork(async () => {
        const unit = activeUnit();
        if (!unit) throw new TypeError('unitOfWork runs its function in a unit.');
        return action(unit.bind(this.store));
      });
    } catch (error) {
      if (error instanceof StoreQuotaError) throw new StateQuotaError(this.plugin, this.#quota, error);
      if (error instanceof StoreConflictError) throw new StateConflictError(this.plugin, what, error);
      throw error;
    }
  }

  /** Stages a change within the quota, and the event that tells of it. `onCommitted` is called before anybody gets that event. */
  async stage(
    unit: UnitOfWork,
    operation: StoreOperation,
    change: StateChange,
    onCommitted: () => void,
  ): Promise<void> {
    this.#assertOpen();
    unit.onCommitted(onCommitted);
    unit.stage(operation);
    unit.stage({ op: 'limit', table: STATE_TABLE, scope: this.plugin, maxBytes: this.#quota });
    await this.#events.publish(stateChanged(this.plugin), change);
  }

  /** An instance that has stopped must not overwrite what the next one makes of it. */
  close(): void {
    this.#isClosed = true;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StateClosedError(this.plugin);
  }
}

/** The event that tells of each change. */
export function stateChanged(plugin: string): string {
  return `${plugin}.state.changed`;
}
