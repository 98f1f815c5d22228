/** The runtimes of all plugins and who depends on whom. It changes only with a reload; what the runtimes hold changes all the time. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog } from '../host/index.js';
import { PluginNotFoundError } from './lifecycle.errors.js';
import { PluginRuntime } from './plugin-runtime.js';

@Injectable()
export class PluginGraph {
  #runtimes: ReadonlyMap<string, PluginRuntime>;
  #dependencies: ReadonlyMap<PluginRuntime, readonly PluginRuntime[]> = new Map();
  readonly #dependents = new Map<PluginRuntime, PluginRuntime[]>();

  constructor(catalog: PluginCatalog) {
    this.#runtimes = new Map([...catalog.entries.values()].map((entry) => [entry.name, new PluginRuntime(entry)]));
    this.#connect(catalog);
  }

  has(name: string): boolean {
    return this.#runtimes.has(name);
  }

  /** Takes plugins up, with who depends on whom from now on. Those that the catalog has no more stay until they are let go. */
  admit(added: readonly PluginRuntime[], catalog: PluginCatalog): void {
    this.#put([...this.all(), ...added]);
    this.#connect(catalog);
  }

  /** Lets plugins go that are down. */
  letGo(gone: readonly PluginRuntime[]): void {
    this.#put(this.all().filter((runtime) => !gone.includes(runtime)));
    for (const runtime of gone) this.#dependents.delete(runtime);
    const without = (runtimes: readonly PluginRuntime[]): PluginRuntime[] => runtimes.filter((runtime) => !gone.includes(runtime));
    for (const [runtime, dependents] of this.#dependents) this.#dependents.set(runtime, without(dependents));
    const kept = [...this.#dependencies].filter(([runtime]) => !gone.includes(runtime));
    this.#dependencies = new Map(kept.map(([runtime, dependencies]) => [runtime, without(dependencies)]));
  }

  #put(runtimes: readonly PluginRuntime[]): void {
    this.#runtimes = new Map(runtimes.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((runtime) => [runtime.name, runtime]));
  }

  /** Worked out once, because it is asked at each transition of each plugin. */
  #connect({ entries, graph }: PluginCatalog): void {
    const dependenciesOf = (runtime: PluginRuntime): readonly PluginRuntime[] => {
      const present = entries.has(runtime.name) ? graph.dependenciesOf(runtime.name) : [];
      const found = present.flatMap((name) => this.#runtimes.get(name) ?? []);
      // One that is about to go still has to stop after those that use it.
      const going = this.dependenciesOf(runtime).filter((other) => !entries.has(runtime.name) || !entries.has(other.name));
      return [...new Set([...found, ...going])];
    };
    this.#dependencies = new Map(this.all().map((runtime) => [runtime, dependenciesOf(runtime)]));
    this.#dependents.clear();
    for (const [runtime, dependencies] of this.#dependencies)
      for (const dependency of dependencies) this.#dependents.set(dependency, [...this.dependentsOf(dependency), runtime]);
  }

  /** Every plugin, sorted by name. */
  all(): PluginRuntime[] {
    return [...this.#runtimes.values()];
  }

  /** @throws PluginNotFoundError */
  get(name: string): PluginRuntime {
    const runtime = this.#runtimes.get(name);
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
