/** The runtimes of all plugins and who depends on whom. The graph never changes; what the runtimes hold does. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog } from '../host/index.js';
import { PluginNotFoundError } from './lifecycle.errors.js';
import { PluginRuntime } from './plugin-runtime.js';

@Injectable()
export class PluginGraph {
  readonly #runtimes: ReadonlyMap<string, PluginRuntime>;

  /** Read once, because it is asked at each transition of each plugin. */
  constructor({ entries, graph }: PluginCatalog) {
    this.#runtimes = new Map([...entries.values()].map((entry) => [entry.name, new PluginRuntime(entry)]));
    for (const runtime of this.#runtimes.values()) {
      const dependencies = graph.dependenciesOf(runtime.name).flatMap((name) => this.#runtimes.get(name) ?? []);
      for (const dependency of dependencies) runtime.standing.dependOn(dependency);
    }
  }

  /** Every plugin, sorted by name. */
  all(): PluginRuntime[] {
    return [...this.#runtimes.values()];
  }

  find(name: string): PluginRuntime | undefined {
    return this.#runtimes.get(name);
  }

  /** @throws PluginNotFoundError */
  get(name: string): PluginRuntime {
    const runtime = this.find(name);
    if (!runtime) throw new PluginNotFoundError(name, [...this.#runtimes.keys()]);
    return runtime;
  }

  /** Those that are present, optional ones included. */
  dependenciesOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return runtime.standing.dependencies;
  }

  /** Direct dependents, optional ones included: they too start later and stop earlier. */
  dependentsOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return runtime.standing.dependents;
  }

  /** The plugins, all that depend on them, and all that depend on those. */
  withDependents(runtimes: Iterable<PluginRuntime>): ReadonlySet<PluginRuntime> {
    const found = new Set(runtimes);
    // A set may grow while it is walked through: each new dependent is visited in its turn.
    for (const one of found) for (const dependent of this.dependentsOf(one)) found.add(dependent);
    return found;
  }

  /** Whether a plugin cannot be without a dependency. */
  requires(runtime: PluginRuntime, dependency: PluginRuntime): boolean {
    return Object.hasOwn(runtime.entry.manifest.dependencies, dependency.name);
  }
}
