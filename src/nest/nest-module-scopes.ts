/**
 * Gives a plugin its own Nest modules: its own instance of each module class, and global modules that only its modules see.
 * A neighbour of nest-internals: `test/contract/nest-module-scopes.spec.ts` holds tests for what is used of Nest's inside here.
 */
import type { DynamicModule, Type } from '@nestjs/common';
import { type LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { DiscoverableMetaHostCollection } from '@nestjs/core/discovery/discoverable-meta-host-collection.js';
import type { InstanceWrapper, Module as NestModule } from '@nestjs/core/internal';
import type { NestContainer } from '@nestjs/core/injector/container.js';
import { readManifest } from '../plugin/index.js';
import { activeContext } from '../telemetry/index.js';

type ModuleDefinition = Type | DynamicModule;

interface Compiled {
  readonly type: Type;
  readonly token: string;
}

interface Compiler {
  compile(definition: unknown): Promise<Compiled>;
}

interface Builder {
  createInstancesOfDependencies(modules?: Map<string, NestModule>): Promise<void>;
}

/** Says if a plugin gets its own instance of a module. `existing`: the module that has the token that Nest would give it. */
export type IsOwnModule = (type: Type, existing: NestModule | undefined) => boolean;

/** The modules of one instance of one plugin. */
export class ModuleScope {
  readonly #modules = new Set<NestModule>();
  readonly #globals = new Set<NestModule>();
  /** The modules that a package of the plugin sees when it looks through all modules of the application. */
  readonly visibleModules: ModulesContainer;

  /** @param all every module of the application */
  constructor(
    readonly plugin: string,
    readonly owns: IsOwnModule,
    all: ModulesContainer,
  ) {
    this.visibleModules = new VisibleModules(this.#modules, all);
  }

  get globals(): ReadonlySet<NestModule> {
    return this.#globals;
  }

  get modules(): ReadonlySet<NestModule> {
    return this.#modules;
  }

  add(module: NestModule): void {
    this.#modules.add(module);
  }

  addGlobal(module: NestModule): void {
    this.#globals.add(module);
  }
}

/** A view, in the form of Nest's container of modules; it changes with the scope. */
class VisibleModules extends ModulesContainer {
  constructor(
    readonly visible: ReadonlySet<NestModule>,
    readonly all: ModulesContainer,
  ) {
    super();
  }

  override get size(): number {
    return this.visible.size;
  }

  override get(token: string): NestModule | undefined {
    return this.#entries().get(token);
  }

  override has(token: string): boolean {
    return this.#entries().has(token);
  }

  override keys(): MapIterator<string> {
    return this.#entries().keys();
  }

  override values(): MapIterator<NestModule> {
    return this.#entries().values();
  }

  override entries(): MapIterator<[string, NestModule]> {
    return this.#entries().entries();
  }

  override forEach(callback: (module: NestModule, token: string, map: Map<string, NestModule>) => void): void {
    this.#entries().forEach((module, token) => callback(module, token, this));
  }

  override [Symbol.iterator](): MapIterator<[string, NestModule]> {
    return this.entries();
  }

  #entries(): Map<string, NestModule> {
    return new Map([...this.visible].map((module) => [module.token, module]));
  }
}

export class NestModuleScopes {
  readonly #container: NestContainer;
  readonly #compile: Compiler['compile'];
  /** By the name of the plugin whose code runs, or in whose name modules are loaded. */
  readonly #scopes = new Map<string, ModuleScope>();

  readonly #ofPlugins = new WeakSet<NestModule>();

  constructor(container: NestContainer, loader: LazyModuleLoader) {
    this.#container = container;
    const compiler = container.getModuleCompiler() as unknown as Compiler;
    this.#compile = compiler.compile.bind(compiler);
    compiler.compile = (definition) => this.#compileInScope(definition);
    this.#keepGlobalsLocal();
    this.#putApplicationLast();
    this.#bindBeforeBuild((loader as unknown as { instanceLoader: Builder }).instanceLoader);
    lookThroughViews();
  }

  /** What the plugin loads from here on belongs to the scope. */
  open(plugin: string, owns: IsOwnModule): ModuleScope {
    const scope = new ModuleScope(plugin, owns, this.#container.getModules());
    this.#scopes.set(plugin, scope);
    return scope;
  }

  close(scope: ModuleScope): void {
    if (this.#scopes.get(scope.plugin) === scope) this.#scopes.delete(scope.plugin);
  }

  /** The module in the container for this definition, outside of any plugin's scope. */
  async moduleOf(definition: ModuleDefinition): Promise<NestModule | undefined> {
    const { token } = await this.#compile(definition);
    return this.#container.getModules().get(token);
  }

  /** Nest identifies a module by its token, which is the same for all that import a class. The plugin's name makes it the plugin's own. */
  async #compileInScope(definition: unknown): Promise<Compiled> {
    const compiled = await this.#compile(definition);
    const scope = this.#current();
    const isOwn = scope?.owns(compiled.type, this.#container.getModules().get(compiled.token)) === true;
    return isOwn ? { ...compiled, token: `${compiled.token}@${scope.plugin}` } : compiled;
  }

  /** Nest would import a global module of a plugin into each plugin that is loaded later, and keep it alive with that. `isGlobal` is set all the same. */
  #keepGlobalsLocal(): void {
    const container = this.#container;
    const addGlobalModule = container.addGlobalModule.bind(container);
    container.addGlobalModule = (module) => {
      if (activeContext()?.plugin === undefined) addGlobalModule(module);
      else this.#current()?.addGlobal(module);
    };
  }

  /**
   * If several modules provide a token, `app.get` takes the provider of the last module. That must not be a module of a plugin, which may provide
   * what the application provides too.
   */
  #putApplicationLast(): void {
    const container = this.#container as unknown as {
      setModule(...values: unknown[]): Promise<NestModule>;
      getModules(): ModulesContainer;
    };
    const setModule = container.setModule.bind(container);
    container.setModule = async (...values) => {
      const module = await setModule(...values);
      if (activeContext()?.plugin !== undefined) this.#ofPlugins.add(module);
      return module;
    };
    const modules = container.getModules();
    modules.forEach = (visit) => {
      const byOwner = Object.groupBy(modules.entries(), ([, module]) =>
        this.#ofPlugins.has(module) ? 'plugin' : 'application',
      );
      for (const [token, module] of [...(byOwner.plugin ?? []), ...(byOwner.application ?? [])])
        visit(module, token, modules);
    };
  }

  /** Acts between the scan of a plugin's modules and their construction: Nest then looks through their own imports before global ones. */
  #bindBeforeBuild(builder: Builder): void {
    const create = builder.createInstancesOfDependencies.bind(builder);
    builder.createInstancesOfDependencies = (modules) => {
      if (modules && activeContext()?.plugin !== undefined)
        for (const module of modules.values()) this.#bind(module, this.#current());
      return create(modules);
    };
  }

  #bind(module: NestModule, scope: ModuleScope | undefined): void {
    const { globalModules } = this.#container as unknown as { readonly globalModules: ReadonlySet<NestModule> };
    const imports = [...module.imports];
    const own = imports.filter((imported) => !globalModules.has(imported));
    module.imports.clear();
    scope?.add(module);
    const globals = [...(scope?.globals ?? [])].filter((one) => one !== module);
    for (const imported of [...own, ...globals, ...imports]) module.addImport(imported);
    if (scope) this.#narrow(module, scope);
    else this.#preferOwn(module);
  }

  /** As `#narrow`, for a plugin that shares its modules: it can also find what belongs to another plugin. */
  #preferOwn(module: NestModule): void {
    const plugin = activeContext()?.plugin;
    this.#replaceModules(module, () => {
      const modules = this.#container.getModules();
      const root = [...modules.values()].find(({ metatype }) => readManifest(metatype)?.name === plugin) ?? module;
      const isWanted = (imported: NestModule): boolean =>
        this.#ofPlugins.has(imported) && readManifest(imported.metatype) === undefined;
      // A module that was loaded lazily is not below the plugin's.
      const own = new Set([...withImports(root, isWanted), ...withImports(module, isWanted)]);
      // `forEach` puts those of the application last.
      const others: NestModule[] = [];
      modules.forEach((other) => void (own.has(other) || others.push(other)));
      return [...others, ...own];
    });
  }

  /** A lookup everywhere (`strict: false`) finds the plugin's own provider first, because the last one counts. */
  #narrow(module: NestModule, scope: ModuleScope): void {
    const container = this.#container;
    const hostModules = (): NestModule[] =>
      [...container.getModules().values()].filter((one) => !this.#ofPlugins.has(one));
    this.#replaceModules(module, () => [...hostModules(), ...scope.modules]);
  }

  /** Has the `ModuleRef` of a module look through these. */
  #replaceModules(module: NestModule, visible: () => NestModule[]): void {
    const getModules = (): Map<string, NestModule> => new Map(visible().map((one) => [one.token, one] as const));
    const replaced = Object.create(this.#container, { getModules: { value: getModules } }) as NestContainer;
    const moduleRef = module.getProviderByKey(ModuleRef).instance as unknown as { container: NestContainer };
    moduleRef.container = replaced;
  }

  #current(): ModuleScope | undefined {
    const plugin = activeContext()?.plugin;
    return plugin === undefined ? undefined : this.#scopes.get(plugin);
  }
}

/** A module and what it imports, in the order in which Nest would meet them. */
function withImports(root: NestModule, isWanted: (imported: NestModule) => boolean): Set<NestModule> {
  const met = new Set<NestModule>();
  const visit = (module: NestModule): void => {
    if (met.has(module)) return;
    met.add(module);
    for (const imported of module.imports) if (isWanted(imported)) visit(imported);
  };
  visit(root);
  return met;
}

type ByMetaKey = (container: ModulesContainer, metaKey: string) => Set<InstanceWrapper>;

let looksThroughViews = false;

/** Nest keeps what decorators of `DiscoveryService.createDecorator` mark by the container, not by the module. */
function lookThroughViews(): void {
  if (looksThroughViews) return;
  looksThroughViews = true;
  const collection = DiscoverableMetaHostCollection as unknown as Record<
    'getProvidersByMetaKey' | 'getControllersByMetaKey',
    ByMetaKey
  >;
  for (const name of ['getProvidersByMetaKey', 'getControllersByMetaKey'] as const) {
    const original = collection[name].bind(collection);
    collection[name] = (container, metaKey) => {
      if (!(container instanceof VisibleModules)) return original(container, metaKey);
      const ids = new Set<string>();
      for (const { providers, controllers } of container.visible) {
        for (const wrapper of [...providers.values(), ...controllers.values()]) ids.add(wrapper.id);
      }
      return new Set([...original(container.all, metaKey)].filter(({ id }) => ids.has(id)));
    };
  }
}
