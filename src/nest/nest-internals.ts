/**
 * This file and its neighbours are the only ones that use internals of Nest. Each member says what it relies on, and has a test in
 * `test/contract/nest-internals.spec.ts`, so that a change in a new version of Nest shows there first.
 */
import { type DynamicModule, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { Injector, type InstanceWrapper, type Module as NestModule, NoopGraphInspector } from '@nestjs/core/internal';
import type { NestContainer } from '@nestjs/core/injector/container.js';
import { mapToExcludeRoute } from '@nestjs/core/middleware/utils.js';
import type { ResolvedRoute } from '@nestjs/core/router/interfaces/resolved-route.interface.js';
import { RoutesResolver } from '@nestjs/core/router/routes-resolver.js';
import { type ContainedClass, instancePerRequest } from './contained-class.js';
import { firstOf } from './first-of.js';
import { NestEnhancers } from './nest-enhancers.js';
import {
  builtInstances,
  callHook,
  callUnseen,
  dependenciesOf,
  type DestroyHook,
  hasHook,
  type HookCall,
  hookLevels,
  isPending,
  type StartHook,
} from './nest-instances.js';
import { writeModulePath } from './nest-module.metadata.js';
import { NestModuleScopes } from './nest-module-scopes.js';
import { withoutConflicts } from './nest-route-conflicts.js';
import { describeProvider, isUnsettledValue } from './provider-names.js';

export type { ContainedClass, NestModule, ResolvedRoute };

export type ModuleDefinition = Type | DynamicModule;

@Injectable()
export class NestInternals {
  /** Modules that a plugin does not share. */
  readonly scopes: NestModuleScopes;
  /** `APP_GUARD` and its like. */
  readonly enhancers: NestEnhancers;
  readonly #container: NestContainer;
  readonly #load: LazyModuleLoader['load'];
  /** By the definition that is being loaded: several plugins may load one and the same. */
  readonly #scans = new Map<unknown, Set<(module: NestModule) => void>>();

  constructor(
    private readonly loader: LazyModuleLoader,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    moduleRef: ModuleRef,
  ) {
    // `container` is a protected field of ModuleRef; nothing public leads to the container of a running application.
    this.#container = (moduleRef as unknown as { container: NestContainer }).container;
    // Bound before `LazyModules` replaces it with the function that plugins call.
    this.#load = loader.load.bind(loader);
    this.#tameLoader();
    this.scopes = new NestModuleScopes(this.#container, loader);
    this.enhancers = new NestEnhancers(config, loader);
    this.#observeScans();
  }

  /**
   * Keeps the global prefix of the application off these paths. Effective only before routes are registered. Relies on the
   * list of exclusions that `setGlobalPrefix` leaves in the application's configuration, and on its form.
   *
   * @param paths in Nest's form, such as `/health/plugins/:name`
   */
  keepOutOfGlobalPrefix(paths: readonly string[]): void {
    const options = this.config.getGlobalPrefixOptions();
    this.config.setGlobalPrefixOptions({
      ...options,
      exclude: [...(options.exclude ?? []), ...mapToExcludeRoute([...paths])],
    });
  }

  /** Every module of the application, in no particular order. */
  allModules(): NestModule[] {
    return [...this.modules.values()];
  }

  /** Gives a module the last place in the order of init hooks, and the first in that of destroy hooks. Effective before `init()` only. */
  putLast(moduleClass: Type): void {
    for (const module of this.modules.values()) if (module.metatype === moduleClass) module.distance = -1;
  }

  /**
   * Adds a module, and what it imports, to the container and builds its providers; Nest calls no hook of them.
   *
   * @param onScanned called with each module that this meets, also one that is there already, before anything of it is built
   */
  async load(module: ModuleDefinition, onScanned: (module: NestModule) => void = () => undefined): Promise<ModuleRef> {
    const listeners = this.#scans.get(module) ?? new Set();
    this.#scans.set(module, listeners.add(onScanned));
    try {
      return await this.#load(() => module);
    } finally {
      listeners.delete(onScanned);
      if (listeners.size === 0) this.#scans.delete(module);
    }
  }

  /** Takes modules out of the container; their providers are detached, also those that are still being built. */
  remove(modules: Iterable<NestModule>): void {
    const gone = [...modules];
    this.#container.removeModules(gone);
    this.enhancers.forget(gone);
  }

  /**
   * Runs a start hook on the singletons of a module: what others depend on before those, each level at once, the module's own class last.
   * That is Nest's order; Nest's own function does not say which class is running. Rejects with what a hook threw first.
   */
  async runStartHook(module: NestModule, hook: StartHook, call: HookCall = callUnseen): Promise<void> {
    const { levels, moduleClass } = hookLevels(module);
    for (const instances of levels) {
      await Promise.all(
        instances
          .filter((instance) => hasHook(instance, hook))
          .map((instance) => callHook(module, instance, hook, call)),
      );
    }
    const { instance } = moduleClass;
    if (hasHook(instance, hook) && moduleClass.isDependencyTreeStatic()) await callHook(module, instance, hook, call);
  }

  /**
   * Runs a destroy hook on the singletons of a module that exist, also where others could not be built: in Nest's order, dependents
   * before what they depend on, the module's own class last. Nest's own function would log what a hook throws without its plugin.
   *
   * @param signal what `beforeApplicationShutdown` and `onApplicationShutdown` get
   * @returns what was thrown
   */
  async runDestroyHook(
    module: NestModule,
    hook: DestroyHook,
    call: HookCall = callUnseen,
    signal?: string,
  ): Promise<unknown[]> {
    const { levels, moduleClass } = hookLevels(module);
    const built = builtInstances(module);
    const thrown: unknown[] = [];
    for (const instances of [...levels.toReversed(), [moduleClass.instance as unknown]]) {
      const existing = instances.filter((instance) => built.has(instance));
      const results = await Promise.allSettled(
        existing.map(async (instance) =>
          hasHook(instance, hook) ? callHook(module, instance, hook, call, signal) : undefined,
        ),
      );
      thrown.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])));
    }
    return thrown;
  }

  /**
   * The providers of these modules that are not built yet because of their own code, in words: a factory that has not returned, a promise
   * that has not settled. Those that only wait for another of them are left out. Relies on `isPending` and `isResolved` of a wrapper's
   * instances, and on the dependencies that the injector writes down in a wrapper.
   */
  pendingProviders(modules: readonly NestModule[]): string[] {
    const wrappers = modules.flatMap((module) => [
      ...module.providers.values(),
      ...module.injectables.values(),
      ...module.controllers.values(),
    ]);
    const waitsFor = (wrapper: InstanceWrapper): InstanceWrapper[] =>
      dependenciesOf(wrapper).filter((other) => isPending(other) || isUnsettledValue(other));
    return firstOf(wrappers.filter(isPending), waitsFor).map(describeProvider);
  }

  /** The classes among a module's providers and controllers, the module's own class included. Values and aliases are left out. */
  classesOf(module: NestModule): ContainedClass[] {
    const wrappers = [...module.providers.values(), ...module.controllers.values()] as InstanceWrapper<object>[];
    return wrappers.flatMap((wrapper) => {
      if (wrapper.isAlias || !wrapper.metatype || wrapper.token === ModuleRef) return [];
      const instance = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
      if (wrapper.isNotMetatype) return this.#classOfFactoryProduct(instance);
      const type = wrapper.metatype as Type<object>;
      return [instance ? { type, instance } : { type, instance, instanceFor: instancePerRequest(module, wrapper) }];
    });
  }

  /** As `classesOf`, and the objects with a class of their own that are given as values. */
  explorableOf(module: NestModule): ContainedClass[] {
    // Nest provides its own configuration to each module.
    const values = [...module.providers.values()].filter(
      ({ metatype, token }) => !metatype && token !== ApplicationConfig,
    );
    return [...this.classesOf(module), ...values.flatMap(({ instance }) => this.#classOfFactoryProduct(instance))];
  }

  /**
   * The routes of a module's controllers with guards, pipes, interceptors and filters applied, without registering them anywhere.
   *
   * @param config has the global enhancers; by default those of the application
   */
  resolveRoutes(module: NestModule, prefix: string, config: ApplicationConfig = this.config): ResolvedRoute[] {
    const routes: ResolvedRoute[] = [];
    writeModulePath(module.metatype, this.modules.applicationId, prefix);
    const adapter = this.#container.getHttpAdapterRef();
    const options = { deferRegistration: true, onRouteResolved: (route: ResolvedRoute) => void routes.push(route) };
    this.#routesResolver(config).registerRouters(module.controllers, module.token, '', prefix, adapter, options);
    return routes;
  }

  /**
   * The routes of a plugin that the application's `routeConflictPolicy` lets through; all of them if it has no such policy.
   *
   * @throws PluginRouteConflictError for what the policy makes an error
   */
  withoutConflicts(plugin: string, routes: readonly ResolvedRoute[]): readonly ResolvedRoute[] {
    return withoutConflicts(plugin, routes, this.config);
  }

  /** A new resolver each time: it caches what it resolved, and that would keep stopped plugins alive. Its route log would be wrong here. */
  #routesResolver(config: ApplicationConfig): RoutesResolver {
    const resolver = new RoutesResolver(this.#container, config, new Injector(), NoopGraphInspector);
    const internals = resolver as unknown as { logger: typeof SILENT; routerExplorer: { logger: typeof SILENT } };
    internals.logger = SILENT;
    internals.routerExplorer.logger = SILENT;
    return resolver;
  }

  /** An object made by a factory can have decorators too. A plain value has the class `Object`, which has no decorators. */
  #classOfFactoryProduct(instance: unknown): ContainedClass[] {
    if (typeof instance !== 'object' || instance === null) return [];
    const type = instance.constructor as unknown;
    return typeof type === 'function' && type !== Object ? [{ type: type as Type<object>, instance }] : [];
  }

  /** The scanner adds each module by this, with the path that led to it from the one that is being loaded. */
  #observeScans(): void {
    const container = this.#container;
    const addModule = container.addModule.bind(container);
    container.addModule = async (definition, scope, inserted) => {
      const added = await addModule(definition, scope, inserted);
      const root: unknown = (scope as unknown[])[0] ?? definition;
      for (const tell of this.#scans.get(root) ?? []) if (added) tell(added.moduleRef);
      return added;
    };
  }

  /**
   * The scanner keeps each prototype that it has seen in a strong map, which pins every class that is ever reloaded. The loader is silent
   * for good: its option `logger: false` puts loggers in and out, which parallel loads do to one another.
   */
  #tameLoader(): void {
    const { dependenciesScanner, instanceLoader } = internalsOf(this.loader);
    dependenciesScanner.metadataScanner.cachedScannedPrototypes = new WeakMap();
    instanceLoader.setLogger(SILENT);
  }
}

interface LoaderInternals {
  readonly dependenciesScanner: {
    readonly metadataScanner: { cachedScannedPrototypes: Map<object, string[]> | WeakMap<object, string[]> };
  };
  readonly instanceLoader: { setLogger(logger: typeof SILENT): void };
}

const internalsOf = (loader: LazyModuleLoader): LoaderInternals => loader as unknown as LoaderInternals;

const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };
