/** Shows in prom-client's registry how the store works. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { StoreStatus } from './store-status.js';
import type { Store } from './store.port.js';

export function registerStorageMetrics(registry: Registry, status: StoreStatus, store: Store): void {
  const durations = new Histogram({
    name: 'panotti_store_commit_duration_seconds',
    help: 'Time of one transaction with its synchronisation of the disk',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers: [registry],
  });
  const sizes = new Histogram({
    name: 'panotti_store_commit_units',
    help: 'Units that share one transaction',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers: [registry],
  });
  const bytesOfCommits = new Histogram({
    name: 'panotti_store_commit_bytes',
    help: 'Bytes of payloads and values in one transaction',
    buckets: [1_000, 10_000, 100_000, 1_000_000, 10_000_000],
    registers: [registry],
  });
  status.onCommitted(({ units, bytes, durationMs }) => {
    durations.observe(durationMs / 1_000);
    sizes.observe(units);
    bytesOfCommits.observe(bytes);
  });
  registry.registerMetric(
    new Gauge({
      name: 'panotti_store_bytes',
      help: 'Bytes that the store occupies, without what has been freed',
      registers: [],
      async collect() {
        // Metrics may be read while the server ends.
        const known = await store.logStatus().catch(() => undefined);
        if (known) this.set(known.bytes);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'panotti_store_damaged_total',
      help: 'Places in the store that were found damaged',
      registers: [],
      collect() {
        this.reset();
        this.inc(status.damages);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'panotti_store_full',
      help: '1 while the disk of the store is full',
      registers: [],
      collect() {
        this.set(status.isFull ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'panotti_store_reseal_left',
      help: 'Events and records that are not yet known to be sealed with the current key',
      registers: [],
      collect() {
        this.set(status.resealLeft);
      },
    }),
  );
}
