/** Opens what plugins remember: for each start of a plugin the providers of its document and of its stores. */
import { Injectable, type Provider } from '@nestjs/common';
import { EventBus } from '../events/index.js';
import type { PluginManifest } from '../plugin/index.js';
import { Store } from '../storage/index.js';
import { storeToken } from './inject-store.decorator.js';
import { PluginMemory, stateChanged } from './plugin-memory.js';
import { PluginState } from './plugin-state.js';
import { StateCodec } from './state-codec.js';
import { StateOptions } from './state.options.js';
import { StoredRecords } from './stored-records.js';
import { StoredState } from './stored-state.js';

/** What one start of a plugin has of its memory. */
export interface OpenedMemory {
  /** `PluginState` where the manifest has a `state`, and each of its `stores`. */
  readonly providers: readonly Provider[];
  /**
   * Reads and migrates. To be called before anything is injected.
   *
   * @throws StateTooNewError, StateMigrationError, StateInvalidError, RecordDamagedError; what is stored is as it was
   */
  load(): Promise<void>;
  /** Ends the iterators, and refuses what comes after. A second call does nothing. */
  close(): void;
}

/** Of a plugin that remembers nothing: a restart costs it nothing. */
const NOTHING: OpenedMemory = { providers: [], load: async () => undefined, close: () => undefined };

@Injectable()
export class StateKeeper {
  constructor(
    private readonly store: Store,
    private readonly bus: EventBus,
    private readonly options: StateOptions,
  ) {}

  open({ name: plugin, state, stores }: Pick<PluginManifest, 'name' | 'state' | 'stores'>): OpenedMemory {
    if (!state && Object.keys(stores).length === 0) return NOTHING;
    const events = this.bus.publisherFor({ name: plugin, emits: [stateChanged(plugin)] });
    const memory = new PluginMemory({ plugin, store: this.store, events, quota: this.options.quota });
    const document = state && new StoredState(memory, new StateCodec(plugin, 'state', state));
    const records = Object.entries(stores).map(
      ([name, recordClass]) =>
        [name, new StoredRecords(name, memory, new StateCodec(plugin, `store "${name}"`, recordClass))] as const,
    );
    const opened = [...(document ? [document] : []), ...records.map(([, store]) => store)];
    return {
      providers: [
        ...(document ? [{ provide: PluginState, useValue: document }] : []),
        ...records.map(([name, store]) => ({ provide: storeToken(name), useValue: store })),
      ],
      load: async () => {
        for (const each of opened) await each.load();
      },
      close: () => {
        memory.close();
        for (const each of opened) each.close();
      },
    };
  }
}
