/** The runtimes of all plugins and who depends on whom. The graph never changes; what the runtimes hold does. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog } from '../host/index.js';
import { PluginNotFoundError } from './lifecycle.errors.js';
import { PluginRuntime } from './plugin-runtime.js';

@Injectable()
export class PluginGraph {
  readonly #runtimes: ReadonlyMap<string, PluginRuntime>;
  readonly #dependencies = new Map<PluginRuntime, PluginRuntime[]>();
  readonly #dependents = new Map<PluginRuntime, PluginRuntime[]>();

  /** Read once, because it is asked at each transition of each plugin. */
  constructor({ entries, graph }: PluginCatalog) {
    this.#runtimes = new Map([...entries.values()].map((entry) => [entry.name, new PluginRuntime(entry)]));
    for (const runtime of this.#runtimes.values()) {
      const dependencies = graph.dependenciesOf(runtime.name).flatMap((name) => this.#runtimes.get(name) ?? []);
      this.#dependencies.set(runtime, dependencies);
      for (const dependency of dependencies) this.#dependents.set(dependency, [...this.dependentsOf(dependency), runtime]);
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
    return this.#dependencies.get(runtime) ?? [];
  }

  /** Direct dependents, optional ones included: they too start later and stop earlier. */
  dependentsOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return this.#dependents.get(runtime) ?? [];
  }

  /** The plugin, all that depend on it, and all that depend on those. */
  withDependents(runtime: PluginRuntime): ReadonlySet<PluginRuntime> {
    const found = new Set([runtime]);
    // A set may grow while it is walked through: each new dependent is visited in its turn.
    for (const one of found) for (const dependent of this.dependentsOf(one)) found.add(dependent);
    return found;
  }

  /** Whether a plugin cannot be without a dependency. */
  requires(runtime: PluginRuntime, dependency: PluginRuntime): boolean {
    return Object.hasOwn(runtime.entry.manifest.dependencies, dependency.name);
  }
}
