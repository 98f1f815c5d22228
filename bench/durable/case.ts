/** One process of the closed loop: publish, stored with fsync, handled, acknowledged. Arguments: subscriptions, in flight, stored events before. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Measured, measuredBus } from './measured-bus.ts';
import { prefill } from './prefill.ts';

const [subscriptions = 1, inFlight = 100, before = 1_000] = process.argv.slice(2).map(Number);
const MEASURED_MS = 3_000;
/** More are put into the store by themselves, which is quicker. */
const MOST_PUBLISHED_BEFORE = 10_000;

const { store, events, end } = await measuredBus(subscriptions, async (filled) => {
  if (before > MOST_PUBLISHED_BEFORE) await prefill(filled, before);
});

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
await end(async () => {
  const cursors = await store.cursors();
  const { last } = await store.logStatus();
  if (![...cursors.values()].every(({ position }) => position === last))
    throw new Error('Events were not acknowledged.');
});
const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
const cpuUs = (user + system) / latencies.length;
console.log(
  JSON.stringify({ perSecond: latencies.length / seconds, p99Ms, loopDelayP99Ms: delay.percentile(99) / 1e6, cpuUs }),
);
