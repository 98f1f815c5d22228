/** The modules that are in the container because of one instance of a plugin, from when they are met until the instance is gone. */
import { type DynamicModule, Injectable, type Type } from '@nestjs/common';
import type { Registry } from 'prom-client';
import {
  type ContainedClass,
  LazyModules,
  type ModuleScope,
  ModuleUsage,
  NestInternals,
  type NestModule,
} from '../../nest/index.js';
import { ModuleBuilder, type ModuleOwner } from './module-builder.js';

/** Opens the set of modules of each start of a plugin. */
@Injectable()
export class PluginModules {
  constructor(
    private readonly internals: NestInternals,
    private readonly builder: ModuleBuilder,
    private readonly usage: ModuleUsage,
    private readonly lazyModules: LazyModules,
  ) {}

  /** From here on the instance owns what the plugin loads itself. */
  open(owner: Owner): OwnModules {
    const own = new OwnModules(owner, this.internals, this.builder, this.usage);
    own.followLoads(this.lazyModules);
    return own;
  }
}

/** The start of a plugin that the modules belong to. */
interface Owner {
  readonly plugin: string;
  readonly pluginClass: Type;
  /** Aborts when the instance is to end. */
  readonly signal: AbortSignal;
}

export class OwnModules implements ModuleOwner {
  /** Each module after what it imports, unless there is a scope. */
  readonly #built = new Set<NestModule>();
  /** What the plugin has loaded itself: without hooks and routes, unless another plugin imports it. */
  readonly #lazy = new Set<NestModule>();
  readonly plugin: string;
  readonly signal: AbortSignal;
  readonly #pluginClass: Type;
  #loads: Disposable | undefined;
  #scope: ModuleScope | undefined;
  #classes: readonly ContainedClass[] | undefined;
  #isReleased = false;

  constructor(
    { plugin, pluginClass, signal }: Owner,
    private readonly internals: NestInternals,
    private readonly builder: ModuleBuilder,
    private readonly usage: ModuleUsage,
  ) {
    this.plugin = plugin;
    this.signal = signal;
    this.#pluginClass = pluginClass;
  }

  /** Owns from here on what the plugin loads with `LazyModuleLoader`. */
  followLoads(lazyModules: LazyModules): void {
    this.#loads = lazyModules.watch(this.plugin, (module) => this.#claim(module, this.#lazy));
  }

  /**
   * Builds the plugin's module and what it imports.
   *
   * @throws PluginUnsupportedError for what would have no effect, also where Nest could not build the providers because of that
   */
  build(root: DynamicModule, registry: Registry): Promise<void> {
    return this.builder.build(this, root, registry);
  }

  /** Each module before what it imports: the order of destroy hooks. */
  get all(): readonly NestModule[] {
    const importedFirst = this.#scope ? importsFirst(this.#built, this.#scope) : [...this.#built];
    return importedFirst.toReversed();
  }

  /** Those that were built with it, in the order of the scan. */
  get built(): ReadonlySet<NestModule> {
    return this.#built;
  }

  /** The providers and controllers of all modules. Cached, so read only once the modules are built. */
  get classes(): readonly ContainedClass[] {
    this.#classes ??= this.all.flatMap((module) => this.internals.classesOf(module));
    return this.#classes;
  }

  /** The object of the plugin class itself; `undefined` if it is not a singleton. */
  get pluginObject(): object | undefined {
    return this.classes.find(({ type }) => type === this.#pluginClass)?.instance;
  }

  /** The providers whose own code has not finished building them, in words; another plugin may be the one that builds them. */
  pendingProviders(): string[] {
    return this.internals.pendingProviders(this.all);
  }

  isMain(module: NestModule): boolean {
    return module.metatype === this.#pluginClass;
  }

  /** Called as soon as a module is met: from here on no other plugin can take it away. */
  claim(module: NestModule): void {
    this.#claim(module, this.#built);
  }

  /** From here on the plugin does not share its modules. */
  moveInto(scope: ModuleScope): void {
    this.#scope = scope;
  }

  /**
   * What has to be ended: all, and what the plugin has loaded itself after another plugin had started it. `own` is used by no other plugin,
   * `shared` is.
   */
  toEnd(): { readonly own: readonly NestModule[]; readonly shared: readonly NestModule[] } {
    const modules = [...this.all, ...[...this.#lazy].filter((module) => this.usage.hasStarted(module))];
    const own = this.usage.usedOnlyBy(this.plugin, modules);
    return { own, shared: modules.filter((module) => !own.includes(module)) };
  }

  /** Gives up the use of shared modules. @returns those that the other plugins have left as well, which have to be ended now */
  leave(shared: readonly NestModule[]): readonly NestModule[] {
    return this.usage.leave(this.plugin, shared);
  }

  /** Takes the modules out of the container, except those that another plugin uses. A second call does nothing. */
  release(): void {
    this.usage.release(this.plugin, [...this.all, ...this.#lazy]);
    this.#built.clear();
    this.#lazy.clear();
    this.#classes = undefined;
    if (this.#scope) this.internals.scopes.close(this.#scope);
    this.#loads?.[Symbol.dispose]();
    this.#isReleased = true;
  }

  #claim(module: NestModule, set: Set<NestModule>): void {
    if (this.#built.has(module) || !this.usage.claim(module, this.plugin, this.#pluginClass)) return;
    set.add(module);
    // Met late: the start has been given up in the meantime.
    if (this.#isReleased) this.release();
  }
}

/** Each module after what it imports, global modules first. @param modules in any order */
function importsFirst(modules: ReadonlySet<NestModule>, scope: ModuleScope): NestModule[] {
  const sorted = new Set<NestModule>();
  const seen = new Set<NestModule>();
  const visit = (module: NestModule): void => {
    if (!modules.has(module) || seen.has(module)) return;
    seen.add(module);
    for (const imported of module.imports) if (!scope.globals.has(imported)) visit(imported);
    sorted.add(module);
  };
  for (const module of [...scope.globals, ...modules]) visit(module);
  return [...sorted];
}
