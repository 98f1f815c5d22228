/** All plugins, and which of them depend on which. It changes only with a reload; the runtimes in it change all the time. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog } from '../../host/index.js';
import { PluginNotFoundError } from '../lifecycle.errors.js';
import { PluginRuntime } from './plugin-runtime.js';

@Injectable()
export class PluginGraph {
  #runtimes: ReadonlyMap<string, PluginRuntime>;

  constructor(catalog: PluginCatalog) {
    this.#runtimes = new Map([...catalog.entries.values()].map((entry) => [entry.name, new PluginRuntime(entry)]));
    this.#connect(catalog);
  }

  has(name: string): boolean {
    return this.#runtimes.has(name);
  }

  /** Adds plugins, with the dependencies that the catalog has. Plugins that the catalog no longer has stay until they are let go. */
  admit(added: readonly PluginRuntime[], catalog: PluginCatalog): void {
    this.#put([...this.all(), ...added]);
    this.#connect(catalog);
  }

  /** Removes plugins that are down. */
  letGo(gone: readonly PluginRuntime[]): void {
    const left = new Set(gone);
    const kept = this.all().filter((runtime) => !left.has(runtime));
    const connections = kept.map(
      (runtime) => [runtime, runtime.standing.dependencies.filter((other) => !left.has(other))] as const,
    );
    for (const { standing } of this.all()) standing.disconnect();
    this.#put(kept);
    for (const [{ standing }, dependencies] of connections)
      for (const dependency of dependencies) standing.dependOn(dependency);
  }

  #put(runtimes: readonly PluginRuntime[]): void {
    this.#runtimes = new Map(
      runtimes.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((runtime) => [runtime.name, runtime]),
    );
  }

  /** Computed once, because it is read at each transition of each plugin. */
  #connect({ entries, graph }: PluginCatalog): void {
    const dependenciesOf = (runtime: PluginRuntime): Iterable<PluginRuntime> => {
      const present = entries.has(runtime.name) ? graph.dependenciesOf(runtime.name) : [];
      const found = present.flatMap((name) => this.#runtimes.get(name) ?? []);
      // A plugin that is about to go still has to stop after those that use it.
      const going = runtime.standing.dependencies.filter(
        (other) => !entries.has(runtime.name) || !entries.has(other.name),
      );
      return new Set([...found, ...going]);
    };
    const connections = this.all().map((runtime) => [runtime, dependenciesOf(runtime)] as const);
    for (const { standing } of this.all()) standing.disconnect();
    for (const [{ standing }, dependencies] of connections)
      for (const dependency of dependencies) standing.dependOn(dependency);
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

  /** Its dependencies that are present, including optional ones. */
  dependenciesOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return runtime.standing.dependencies;
  }

  /** Direct dependents, including optional ones: they too start later and stop earlier. */
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

  /** True if the plugin cannot run without the dependency. */
  requires(runtime: PluginRuntime, dependency: PluginRuntime): boolean {
    return Object.hasOwn(runtime.entry.manifest.dependencies, dependency.name);
  }
}
