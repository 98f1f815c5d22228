/** What the cases of durable events share: an event of 300 bytes, and a bus on a store of its own whose folder goes away at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../dist/common/index.js';
import { EventBus, EventContract, EventsOptions, OnEvent, type PluginEvents } from '../../dist/events/index.js';
import { SqliteStore } from '../../dist/storage/index.js';
import { prefill } from './prefill.ts';

export class Measured {
  readonly number: number;
  readonly text = 'x'.repeat(270);

  constructor(number: number) {
    this.number = number;
  }
}
EventContract('bench.measured')(Measured);

export interface MeasuredBus {
  readonly directory: string;
  readonly store: SqliteStore;
  readonly events: PluginEvents;
  /** Closes the bus, and lets `look` see the store before it goes as well. */
  end(look?: () => Promise<void>): Promise<void>;
}

/**
 * @param count how many durable subscriptions the event has, each of a plugin of its own
 * @param fill puts events into the store before the bus is there
 */
export async function measuredBus(count: number, fill?: (store: SqliteStore) => Promise<void>): Promise<MeasuredBus> {
  const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-'));
  const clock = new SystemClock();
  const store = await SqliteStore.open({ path: join(directory, 'store.db'), clock });
  await fill?.(store);
  const bus = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store });
  await bus.open();
  for (let index = 0; index < count; index++) await subscribe(bus, index);
  return {
    directory,
    store,
    events: bus.publisherFor({ name: 'bench', emits: [Measured] }),
    async end(look) {
      await bus.close();
      await look?.();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * A start with so many events that wait for one subscription.
 *
 * @param key of the subscription; `undefined`: it has none
 * @returns how many are handled and acknowledged a second, from the moment that the subscription is taken up
 */
export async function measuredBacklog(count: number, key: ((event: Measured) => string) | undefined): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-'));
  const clock = new SystemClock();
  const store = await SqliteStore.open({ path: join(directory, 'store.db'), clock });
  // Makes the subscription known before its events are there.
  const before = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store });
  await before.open();
  await subscribe(before, 0, key);
  await before.close();
  await prefill(store, count);
  const bus = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store });
  await bus.open();
  const handled = Promise.withResolvers<void>();
  let left = count;
  const startedMs = performance.now();
  await subscribe(bus, 0, key, () => {
    if (--left === 0) handled.resolve();
  });
  await handled.promise;
  // Waits for the acknowledgements.
  await bus.close();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { last } = await store.logStatus();
  if (![...(await store.cursors()).values()].every(({ position }) => position === last))
    throw new Error('Events were not acknowledged.');
  await store.close();
  rmSync(directory, { recursive: true, force: true });
  return count / seconds;
}

async function subscribe(
  bus: EventBus,
  index: number,
  key?: (event: Measured) => string,
  handled: (event: Measured) => void = () => undefined,
): Promise<void> {
  class Subscriber {
    handle(event: Measured): void {
      handled(event);
    }
  }
  OnEvent(Measured, { delivery: 'durable', name: `bench.s${index}`, ...(key && { key }) })(
    Subscriber.prototype,
    'handle',
    {},
  );
  const attachment = bus.attach(`p${index}`, [{ type: Subscriber, instance: new Subscriber() }]);
  await attachment.isStored;
  bus.activate(attachment);
}
