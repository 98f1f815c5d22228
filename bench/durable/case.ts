/** One process of the closed loop: publish, stored with fsync, handled, acknowledged. Arguments: subscriptions, in flight, stored events before. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { EventBus, EventContract, EventsOptions, OnEvent } from '../../dist/events/index.js';
import { SqliteStore } from '../../dist/storage/index.js';
import { SystemClock } from '../../dist/common/index.js';
import { prefill } from './prefill.ts';

const [subscriptions = 1, inFlight = 100, before = 1_000] = process.argv.slice(2).map(Number);
const MEASURED_MS = 3_000;
/** More are put into the store by themselves, which is quicker. */
const MOST_PUBLISHED_BEFORE = 10_000;

class Measured {
  readonly number: number;
  readonly text = 'x'.repeat(270);

  constructor(number: number) {
    this.number = number;
  }
}
EventContract('bench.measured')(Measured);

class Subscriber {
  handle(_event: Measured): void {}
}

const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-'));
const clock = new SystemClock();
const store = await SqliteStore.open({ path: join(directory, 'store.db'), clock });
const bus = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store });
if (before > MOST_PUBLISHED_BEFORE) await prefill(store, before);
await bus.open();
for (let index = 0; index < subscriptions; index++) {
  class Mine extends Subscriber {}
  OnEvent(Measured, { delivery: 'durable', name: `bench.s${index}` })(Mine.prototype, 'handle', {});
  const attachment = bus.attach(`p${index}`, [{ type: Mine, instance: new Mine() }]);
  await attachment.isStored;
  bus.activate(attachment);
}
const events = bus.publisherFor({ name: 'bench', emits: [Measured] });

let next = 0;
async function loop(until: () => boolean, latencies: number[]): Promise<void> {
  while (!until()) {
    const startedMs = performance.now();
    // Resolves when every handler has handled it and the acknowledgements are on the disk.
    await events.publishAndWait(new Measured(next++));
    latencies.push(performance.now() - startedMs);
  }
}

const clients = (until: () => boolean, latencies: number[]): Promise<unknown> =>
  Promise.all(Array.from({ length: inFlight }, () => loop(until, latencies)));

await clients(() => next >= Math.min(before, MOST_PUBLISHED_BEFORE), []);
const latencies: number[] = [];
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const startedMs = performance.now();
const cpuBefore = process.threadCpuUsage();
await clients(() => performance.now() - startedMs > MEASURED_MS, latencies);
const seconds = (performance.now() - startedMs) / 1_000;
const { user, system } = process.threadCpuUsage(cpuBefore);
delay.disable();
latencies.sort((a, b) => a - b);
await bus.close();
const cursors = await store.cursors();
const { last } = await store.logStatus();
const isComplete = [...cursors.values()].every(({ position }) => position === last);
await store.close();
rmSync(directory, { recursive: true, force: true });
if (!isComplete) throw new Error('Events were not acknowledged.');
const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
const cpuUs = (user + system) / latencies.length;
console.log(JSON.stringify({ perSecond: latencies.length / seconds, p99Ms, loopDelayP99Ms: delay.percentile(99) / 1e6, cpuUs }));
