/**
 * One registry of prom-client for each instance of a plugin, so that a plugin that starts again can create its metrics again. prom-client's
 * default registry leads to it where the code of a plugin runs, because libraries use that without asking.
 */
import { Injectable } from '@nestjs/common';
import { type Metric, register as defaultRegistry, Registry } from 'prom-client';
import { type ActiveContext, activeContext } from '../context/active-context.js';

/** Remembers its default labels, which prom-client keeps to itself. */
class InstanceRegistry extends Registry {
  #defaultLabels: Readonly<Record<string, string>> = {};

  get defaultLabels(): Readonly<Record<string, string>> {
    return this.#defaultLabels;
  }

  override setDefaultLabels(labels: Readonly<Record<string, string>>): void {
    this.#defaultLabels = labels;
    super.setDefaultLabels(labels);
  }

  override clear(): void {
    this.#defaultLabels = {};
    super.clear();
  }
}

/** The metrics of one instance of a plugin. */
export interface PluginMetrics {
  readonly plugin: string;
  readonly registry: InstanceRegistry;
  /** Takes them off the page. A second call does nothing. */
  close(): void;
}

/** Metrics that files create when they are imported, by the context of the import: a file is not run again when its plugin restarts. */
const importedMetrics: { readonly context: ActiveContext; readonly registry: Registry }[] = [];

/** To be called before the file of a plugin is imported; `context` is the one of the import, and gets the name of the plugin after it. */
export function keepMetricsOfImport(context: ActiveContext): void {
  followPlugins(defaultRegistry);
  importedMetrics.push({ context, registry: new Registry() });
}

/** Every host of the process; there is one default registry for all of them. */
const hosts = new Set<PluginRegistries>();

@Injectable()
export class PluginRegistries {
  readonly #open = new Map<string, PluginMetrics>();

  /** @param registry the application's, which static modules that plugins share get injected */
  constructor(registry: Registry) {
    hosts.add(this);
    followPlugins(defaultRegistry);
    followPlugins(registry);
  }

  /** Takes the place of what an earlier instance of the plugin has left open. */
  open(plugin: string): PluginMetrics {
    this.#open.get(plugin)?.close();
    const registry = new InstanceRegistry();
    const kept = importedMetrics.filter(({ context }) => context.plugin === plugin).flatMap(metricsOf);
    for (const metric of kept) registry.registerMetric(metric);
    const metrics: PluginMetrics = { plugin, registry, close: () => this.#close(metrics, kept) };
    this.#open.set(plugin, metrics);
    return metrics;
  }

  /** Those of the instances that there are, in no particular order. */
  all(): Iterable<PluginMetrics> {
    return this.#open.values();
  }

  of(plugin: string): Registry | undefined {
    return this.#open.get(plugin)?.registry;
  }

  onModuleDestroy(): void {
    hosts.delete(this);
  }

  #close(metrics: PluginMetrics, kept: readonly Metric[]): void {
    if (this.#open.get(metrics.plugin) !== metrics) return;
    this.#open.delete(metrics.plugin);
    for (const metric of kept) metric.reset();
  }
}

/** The objects are metrics, whatever the type of the list says. */
function metricsOf({ registry }: { readonly registry: Registry }): Metric[] {
  return registry.getMetricsAsArray() as unknown as Metric[];
}

const following = new WeakSet<Registry>();

/** From now on each method of the registry is that of the plugin's registry, where the code of a plugin calls it. */
function followPlugins(registry: Registry): void {
  if (following.has(registry)) return;
  following.add(registry);
  for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(Registry.prototype))) {
    if (name === 'constructor') continue;
    const target = (): Registry => registryInUse() ?? registry;
    const redirected: PropertyDescriptor = get
      ? { get: () => get.call(target()) as unknown }
      : {
          value: (...values: unknown[]) => (value as (...given: unknown[]) => unknown).apply(target(), values),
          writable: true,
        };
    Object.defineProperty(registry, name, { ...redirected, configurable: true });
  }
}

/** That of the plugin whose code runs; `undefined` outside of plugins. */
function registryInUse(): Registry | undefined {
  const context = activeContext();
  if (context?.plugin === undefined) return undefined;
  const imported = importedMetrics.find((file) => file.context === context);
  if (imported) return imported.registry;
  for (const host of hosts) {
    const registry = host.of(context.plugin);
    if (registry) return registry;
  }
  // The instance has ended: what its code still creates is shown nowhere.
  return new Registry();
}
