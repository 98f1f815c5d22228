/** What a plugin remembers, opened without a host: on a given store, with a bus whose events are recorded. */
import type { Type } from '@nestjs/common';
import { SystemClock } from '../../src/common/index.js';
import { EventBus, EventsOptions } from '../../src/events/index.js';
import { PluginState, PluginStore, StateKeeper, StateOptions, storeToken } from '../../src/state/index.js';
import type { Store } from '../../src/storage/index.js';
import { withReads } from './delayed-store.js';

export interface MemoryToOpen {
  readonly name?: string;
  readonly state?: Type<object>;
  readonly stores?: Readonly<Record<string, Type<object>>>;
  /** In bytes. */
  readonly quota?: number;
}

/** Loaded, as before the start of a plugin. */
export async function openMemory(given: Store, { name = 'shop', state, stores = {}, quota }: MemoryToOpen) {
  const store = withReads(given);
  const events: { readonly name: string; readonly payload: unknown }[] = [];
  const bus = new EventBus({ options: new EventsOptions(), clock: new SystemClock(), registry: undefined });
  bus.relayTo({ relay: ({ origin, payload }) => void events.push({ name: origin.name, payload }) });
  const options = Object.assign(new StateOptions(), quota === undefined ? {} : { quota });
  const memory = new StateKeeper(store, bus, options).open({ name, state, stores });
  await memory.load();
  const provided = (token: unknown): unknown => {
    const provider = memory.providers.find((each) => typeof each === 'object' && each.provide === token);
    return provider && 'useValue' in provider ? provider.useValue : undefined;
  };
  return {
    events,
    bus,
    close: () => memory.close(),
    state<T extends object>(): PluginState<T> {
      const found = provided(PluginState);
      if (!(found instanceof PluginState)) throw new Error('There is no state.');
      return found as PluginState<T>;
    },
    store<T extends object>(storeName: string): PluginStore<T> {
      const found = provided(storeToken(storeName));
      if (!(found instanceof PluginStore)) throw new Error(`There is no store ${storeName}.`);
      return found as PluginStore<T>;
    },
  };
}
