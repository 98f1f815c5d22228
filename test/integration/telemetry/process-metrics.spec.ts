import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Registry } from 'prom-client';
import { SystemClock } from '../../../src/common/index.js';
import { ProcessMetrics } from '../../../src/telemetry/metrics/process-metrics.js';
import { waitFor } from '../../support/wait-for.js';

setFlagsFromString('--expose-gc');
// A new context has the `gc` that the flag brings; the running one was made before.
const collectGarbage: () => void = runInNewContext('gc');

async function valueOf(registry: Registry, name: string): Promise<number> {
  const values = [...(await registry.metrics()).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Lets as much pass as an active monitor and an active observer need in order to see something. */
async function untilSomethingWouldBeSeen(): Promise<void> {
  const witness = monitorEventLoopDelay({ resolution: 10 });
  witness.enable();
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  collectGarbage();
  await waitFor(() => witness.count > 3 && collections > 0);
  observer.disconnect();
  witness.disable();
}

describe('the metrics of the process', () => {
  it('measure event loop delay and garbage collections while the application runs, and stop with it', async () => {
    const registry = new Registry();
    const metrics = new ProcessMetrics(registry, new SystemClock());

    metrics.onModuleInit();
    await untilSomethingWouldBeSeen();
    // On a busy machine what the witness has seen may reach the metrics a turn later. Each reading empties the delays.
    await waitFor(async () => (await valueOf(registry, 'nodejs_eventloop_lag_max_seconds')) > 0);
    await waitFor(async () => (await valueOf(registry, 'nodejs_gc_duration_seconds_count')) > 0);

    metrics.onApplicationShutdown();
    await registry.metrics();
    registry.resetMetrics();
    await untilSomethingWouldBeSeen();
    expect(await valueOf(registry, 'nodejs_eventloop_lag_max_seconds')).toBe(0);
    expect(await valueOf(registry, 'nodejs_gc_duration_seconds_count')).toBe(0);
  });
});
