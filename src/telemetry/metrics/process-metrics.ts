/**
 * Metrics of the process, under the names that `prom-client` and ready-made dashboards use. `collectDefaultMetrics` itself is not used: its
 * event-loop monitor and its observer of garbage collections cannot be stopped, so each closed application would leave them behind.
 */
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Clock } from '../../common/index.js';
import { heapFill } from '../heap/heap-fill.js';
import { openDescriptors } from './open-descriptors.js';

const EVENT_LOOP_RESOLUTION_MS = 10;
const GC_BUCKETS_SECONDS = [0.001, 0.01, 0.1, 1, 2, 5];
const GC_KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

@Injectable()
export class ProcessMetrics implements OnModuleInit, OnApplicationShutdown {
  readonly #delays = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  readonly #collections: PerformanceObserver;

  constructor(registry: Registry, clock: Clock) {
    const registers = [registry];
    registerCpu(registers);
    registerMemory(registers);
    registerHeapLimit(registers);
    registerResources(registers);
    registerDescriptors(registers);
    registerFacts(registers, clock);
    this.#registerEventLoop(registers);
    this.#collections = observerOfCollections(registers);
  }

  onModuleInit(): void {
    this.#delays.enable();
    this.#collections.observe({ entryTypes: ['gc'] });
  }

  onApplicationShutdown(): void {
    this.#delays.disable();
    this.#collections.disconnect();
  }

  /** Each reading covers the time since the one before. */
  #registerEventLoop(registers: Registry[]): void {
    const delays = this.#delays;
    const gauge = (statistic: string, help: string, collect = () => {}): Gauge =>
      new Gauge({
        name: `nodejs_eventloop_lag_${statistic}_seconds`,
        help: `${help} event loop delay since the last reading.`,
        registers,
        collect,
      });
    // Metrics are read in the order in which they were registered, so the first one reads for all.
    const min = gauge('min', 'The shortest', () => {
      // An empty histogram has a minimum of 2^63 and a mean of NaN.
      if (delays.count === 0) return;
      min.set(seconds(delays.min));
      max.set(seconds(delays.max));
      mean.set(seconds(delays.mean));
      for (const [percent, percentile] of percentiles) percentile.set(seconds(delays.percentile(percent)));
      delays.reset();
    });
    const max = gauge('max', 'The longest');
    const mean = gauge('mean', 'The mean');
    const percentiles = [50, 90, 99].map(
      (percent) => [percent, gauge(`p${percent}`, `The ${percent}th percentile of the`)] as const,
    );
  }
}

function registerCpu(registers: Registry[]): void {
  const counter = (kind: string, read: (usage: NodeJS.CpuUsage) => number): void => {
    const metric: Counter = new Counter({
      name: `process_cpu_${kind}seconds_total`,
      help: `CPU time that the process has used${kind === '' ? '' : ` (${kind.slice(0, -1)})`}, in seconds.`,
      registers,
      collect: () => {
        metric.reset();
        metric.inc(read(process.cpuUsage()) / 1e6);
      },
    });
  };
  counter('user_', ({ user }) => user);
  counter('system_', ({ system }) => system);
  counter('', ({ user, system }) => user + system);
}

function registerMemory(registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (usage: NodeJS.MemoryUsage) => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(read(process.memoryUsage())) });
  };
  gauge('process_resident_memory_bytes', 'Resident memory of the process.', ({ rss }) => rss);
  gauge('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap.', ({ heapTotal }) => heapTotal);
  gauge('nodejs_heap_size_used_bytes', 'Used part of the JavaScript heap.', ({ heapUsed }) => heapUsed);
  gauge(
    'nodejs_external_memory_bytes',
    'Memory outside of the heap that JavaScript objects hold.',
    ({ external }) => external,
  );
}

/** V8 aborts the process when the first reaches the second. */
function registerHeapLimit(registers: Registry[]): void {
  const limit: Gauge = new Gauge({
    name: 'nodejs_heap_size_limit_bytes',
    help: 'Size of the old generation of the JavaScript heap at which the process is aborted.',
    registers,
    collect: () => limit.set(heapFill().limitBytes),
  });
  const used: Gauge = new Gauge({
    name: 'panotti_heap_used_ratio',
    help: 'Used part of nodejs_heap_size_limit_bytes, from 0 to 1; a warning is logged from 0.85 on.',
    registers,
    collect: () => {
      const { usedBytes, limitBytes } = heapFill();
      used.set(usedBytes / limitBytes);
    },
  });
}

function registerResources(registers: Registry[]): void {
  const resources: Gauge<'type'> = new Gauge({
    name: 'nodejs_active_resources',
    help: 'Resources that keep the event loop alive, by type.',
    labelNames: ['type'],
    registers,
    collect: () => {
      resources.reset();
      for (const type of process.getActiveResourcesInfo()) resources.inc({ type });
    },
  });
}

/** Only Linux shows them without a program. */
function registerDescriptors(registers: Registry[]): void {
  const read = openDescriptors();
  if (!read) return;
  const open: Gauge = new Gauge({
    name: 'process_open_fds',
    help: 'Open file descriptors: files, sockets, pipes.',
    registers,
    collect: () => open.set(read.open()),
  });
  const limit: Gauge = new Gauge({
    name: 'process_max_fds',
    help: 'How many file descriptors may be open; further ones fail with EMFILE.',
    registers,
    collect: () => limit.set(read.limit()),
  });
}

function registerFacts(registers: Registry[], clock: Clock): void {
  const started = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
    registers,
  });
  started.set(Math.round(clock.now() / 1_000 - process.uptime()));
  const version = new Gauge({
    name: 'nodejs_version_info',
    help: 'The version of Node.',
    labelNames: ['version'],
    registers,
  });
  version.set({ version: process.version }, 1);
}

function observerOfCollections(registers: Registry[]): PerformanceObserver {
  const durations = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Duration of garbage collections by kind.',
    labelNames: ['kind'],
    buckets: GC_BUCKETS_SECONDS,
    registers,
  });
  return new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) durations.observe({ kind: kindOf(entry) }, entry.duration / 1_000);
  });
}

function kindOf(entry: object): string {
  // `detail` is declared for each type of entry apart; that of `gc` is documented to have `kind`.
  const { detail } = entry as { readonly detail?: { readonly kind?: number } };
  return GC_KINDS.get(detail?.kind ?? Number.NaN) ?? 'other';
}

function seconds(nanoseconds: number): number {
  return nanoseconds / 1e9;
}
