/** The modules that are in the container because of one instance of a plugin, from when they are met until the instance is gone. */
import type { Type } from '@nestjs/common';
import type { ModuleScope, NestModule } from '../../nest/index.js';
import { importsFirst } from './build-modules.js';
import type { PluginServices } from './plugin-services.js';

export class OwnModules {
  /** What is imported before those that import it, unless there is a scope. */
  readonly #built = new Set<NestModule>();
  /** What the plugin has loaded itself: without hooks and routes, unless another plugin imports it. */
  readonly #lazy = new Set<NestModule>();
  readonly #plugin: string;
  readonly #pluginClass: Type;
  readonly #services: PluginServices;
  readonly #watch: Disposable;
  #scope: ModuleScope | undefined;
  #isReleased = false;

  constructor(plugin: string, pluginClass: Type, services: PluginServices) {
    this.#plugin = plugin;
    this.#pluginClass = pluginClass;
    this.#services = services;
    this.#watch = services.lazyModules.watch(plugin, (module) => this.#claim(module, this.#lazy));
  }

  /** Set where it has its modules for itself. */
  set scope(scope: ModuleScope) {
    this.#scope = scope;
  }

  /** Importers before what they import: the order of destroy hooks. */
  get all(): NestModule[] {
    const importedFirst = this.#scope ? importsFirst(this.#built, this.#scope) : [...this.#built];
    return importedFirst.toReversed();
  }

  /** As `all`, and what the plugin has loaded itself after another plugin had started it, so that it has to be ended. */
  get allToEnd(): NestModule[] {
    return [...this.all, ...[...this.#lazy].filter((module) => this.#services.usage.hasStarted(module))];
  }

  /** Those that were built with it, in the order of the scan. */
  get built(): ReadonlySet<NestModule> {
    return this.#built;
  }

  has(module: NestModule): boolean {
    return this.#built.has(module);
  }

  /** As soon as a module is met: from here on no other plugin takes it away. */
  claim(module: NestModule): void {
    this.#claim(module, this.#built);
  }

  /** Takes them out of the container, those aside that another plugin uses. A second call does nothing. */
  release(): void {
    const { usage, internals } = this.#services;
    const modules = [...this.all, ...this.#lazy];
    const gone = usage.usedOnlyBy(this.#plugin, modules);
    usage.release(this.#plugin, modules);
    internals.remove(gone);
    this.#built.clear();
    this.#lazy.clear();
    if (this.#scope) internals.scopes.close(this.#scope);
    this.#watch[Symbol.dispose]();
    this.#isReleased = true;
  }

  #claim(module: NestModule, set: Set<NestModule>): void {
    if (module.metatype !== this.#pluginClass && this.#services.application.isForeign(module)) return;
    if (this.#built.has(module)) return;
    this.#services.usage.claim(module, this.#plugin);
    set.add(module);
    // It arrives late: the start has been given up in the meantime.
    if (this.#isReleased) this.release();
  }
}
