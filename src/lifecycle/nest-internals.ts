/**
 * The only file that touches what Nest does not publish. Each member says what it relies on; `test/contract/nest-internals.spec.ts`
 * holds one test for each of them, so that a new version of Nest shows here first.
 */
import { type DynamicModule, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { callModuleBootstrapHook, callModuleInitHook } from '@nestjs/core/hooks/index.js';
import { getInstancesGroupedByHierarchyLevel } from '@nestjs/core/hooks/utils/get-instances-grouped-by-hierarchy-level.js';
import { Injector, type InstanceWrapper, type Module as NestModule, NoopGraphInspector, STATIC_CONTEXT } from '@nestjs/core/internal';
import type { NestContainer } from '@nestjs/core/injector/container.js';
import type { ResolvedRoute } from '@nestjs/core/router/interfaces/resolved-route.interface.js';
import { RoutesResolver } from '@nestjs/core/router/routes-resolver.js';

import { writeModulePath } from './module-path.metadata.js';

export type { NestModule, ResolvedRoute };

/** A provider or controller as the container holds it. */
export interface ContainedClass {
  readonly type: Type<object>;
  /** `undefined` for a provider that is not a singleton. */
  readonly instance: object | undefined;
}

const START_HOOKS = { onModuleInit: callModuleInitHook, onApplicationBootstrap: callModuleBootstrapHook };

export type StartHook = keyof typeof START_HOOKS;
export type DestroyHook = 'onModuleDestroy' | 'beforeApplicationShutdown' | 'onApplicationShutdown';

@Injectable()
export class NestInternals {
  readonly #container: NestContainer;

  constructor(
    private readonly loader: LazyModuleLoader,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    moduleRef: ModuleRef,
  ) {
    // `container` is a protected field of ModuleRef; nothing public leads to the container of a running application.
    this.#container = (moduleRef as unknown as { container: NestContainer }).container;
    this.#forgetScannedPrototypes();
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
   * Adds a module, and what it imports, to the container and builds its providers; Nest calls no hook of them. `logger: false` is
   * always given: used by some calls only, parallel loads would leave the loader's logger silent at random.
   */
  async load(module: DynamicModule): Promise<void> {
    await this.loader.load(() => module, { logger: false });
  }

  /** The contained module that a dynamic module became; `undefined` before it is scanned and after it was removed. */
  async find(module: DynamicModule): Promise<NestModule | undefined> {
    const { token } = await this.#container.getModuleCompiler().compile(module);
    return this.#container.getModuleByKey(token);
  }

  /** Takes modules out of the container; their providers are detached, also those that are still being built. */
  remove(modules: Iterable<NestModule>): void {
    this.#container.removeModules([...modules]);
  }

  /** Runs a start hook on the singletons of a module, in Nest's order within the module. Rejects with what a hook threw. */
  async runStartHook(module: NestModule, hook: StartHook): Promise<void> {
    await START_HOOKS[hook](module);
  }

  /**
   * Runs a destroy hook on the singletons of a module that exist, also where others could not be built: in Nest's order, dependents
   * before what they depend on, the module's own class last. Nest's own function would log what a hook throws without its plugin.
   *
   * @returns what was thrown
   */
  async runDestroyHook(module: NestModule, hook: DestroyHook): Promise<unknown[]> {
    const providers = module.getNonAliasProviders();
    const [, moduleClass] = providers.shift() ?? [];
    const levels = getInstancesGroupedByHierarchyLevel(module.controllers, module.injectables, module.middlewares, providers);
    const dependentsFirst = [...levels].sort(([a], [b]) => b - a).map(([, instances]) => instances as object[]);
    const built = builtInstances(module);
    const thrown: unknown[] = [];
    for (const instances of [...dependentsFirst, [moduleClass?.instance as object]]) {
      const existing = instances.filter((instance) => built.has(instance));
      // Whether an instance has the hook is found out by asking it.
      const results = await Promise.allSettled(
        existing.map(async (instance) => (instance as Partial<Record<DestroyHook, () => unknown>>)[hook]?.()),
      );
      thrown.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])));
    }
    return thrown;
  }

  /** The classes among a module's providers and controllers, the module's own class included. Values and aliases are left out. */
  classesOf(module: NestModule): ContainedClass[] {
    const wrappers = [...module.providers.values(), ...module.controllers.values()] as InstanceWrapper<object>[];
    return wrappers.flatMap((wrapper) => {
      if (wrapper.isAlias || !wrapper.metatype || wrapper.token === ModuleRef) return [];
      const instance = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
      if (wrapper.isNotMetatype) return this.#classOfFactoryProduct(instance);
      return [{ type: wrapper.metatype as Type<object>, instance }];
    });
  }

  /** The routes of a module's controllers with guards, pipes, interceptors and filters applied, without registering them anywhere. */
  resolveRoutes(module: NestModule, prefix: string): ResolvedRoute[] {
    const routes: ResolvedRoute[] = [];
    writeModulePath(module.metatype, this.modules.applicationId, prefix);
    const adapter = this.#container.getHttpAdapterRef();
    const options = { deferRegistration: true, onRouteResolved: (route: ResolvedRoute) => void routes.push(route) };
    this.#routesResolver().registerRouters(module.controllers, module.token, '', prefix, adapter, options);
    return routes;
  }

  /** A new resolver each time: it caches what it resolved, and that would keep stopped plugins alive. Its route log would be wrong here. */
  #routesResolver(): RoutesResolver {
    const resolver = new RoutesResolver(this.#container, this.config, new Injector(), NoopGraphInspector);
    const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
    const internals = resolver as unknown as { logger: typeof silent; routerExplorer: { logger: typeof silent } };
    internals.logger = silent;
    internals.routerExplorer.logger = silent;
    return resolver;
  }

  /** An object made by a factory can carry decorators as well; a plain value has the class `Object` and none. */
  #classOfFactoryProduct(instance: unknown): ContainedClass[] {
    if (typeof instance !== 'object' || instance === null) return [];
    const type = instance.constructor as unknown;
    return typeof type === 'function' && type !== Object ? [{ type: type as Type<object>, instance }] : [];
  }

  /** The scanner keeps each prototype that it has seen in a strong map, which pins every class that is ever reloaded. */
  #forgetScannedPrototypes(): void {
    const { dependenciesScanner } = this.loader as unknown as {
      dependenciesScanner: { metadataScanner: { cachedScannedPrototypes: Map<object, string[]> | WeakMap<object, string[]> } };
    };
    dependenciesScanner.metadataScanner.cachedScannedPrototypes = new WeakMap();
  }
}

/** Nest puts an empty prototype in the place of each instance until its constructor has run; values have no constructor. */
function builtInstances(module: NestModule): ReadonlySet<object> {
  const wrappers = [...module.providers.values(), ...module.injectables.values(), ...module.controllers.values()];
  const built = wrappers.flatMap((wrapper) =>
    wrapper.getExistingInstancesByContextId(STATIC_CONTEXT).filter(({ isConstructorCalled }) => isConstructorCalled || !wrapper.metatype),
  );
  return new Set(built.map(({ instance }) => instance as object));
}
