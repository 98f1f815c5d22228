/**
 * Steps in between the scan of a plugin's modules and their construction, to replace what Nest would look up in, or record for, the whole
 * application by something of the plugin's own. A neighbour of nest-internals: its tests are in `test/contract/module-builds.spec.ts`.
 */
import { Injectable, type InjectionToken, type Type } from '@nestjs/common';
import { LazyModuleLoader, type Routes } from '@nestjs/core';
import { Injector } from '@nestjs/core/internal';
import { ROUTES } from '@nestjs/core/router/router-module.js';
import type { NestModule } from './nest-internals.js';

/** The provider that a module of a plugin gets for a class that it injects or provides: a factory, as in Nest. */
export interface OwnProvider {
  readonly inject?: InjectionToken[];
  readonly useFactory: (...dependencies: never[]) => object;
}

type BuildListener = (module: NestModule) => void;

interface InstanceLoaderInternals {
  createInstancesOfDependencies(modules: Map<string, NestModule>): Promise<void>;
}

@Injectable()
export class ModuleBuilds {
  readonly #listeners = new Set<BuildListener>();

  constructor(loader: LazyModuleLoader) {
    // A private field. The loader calls this once for all modules that one load has found.
    const { instanceLoader } = loader as unknown as { instanceLoader: InstanceLoaderInternals };
    const build = instanceLoader.createInstancesOfDependencies.bind(instanceLoader);
    instanceLoader.createInstancesOfDependencies = (modules) => {
      for (const module of modules.values()) for (const tell of this.#listeners) tell(module);
      return build(modules);
    };
  }

  /** Calls the listener with each module that is scanned completely, before anything of it is built. */
  watch(listener: BuildListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

/** The classes that a module provides, and those that something in it injects by class. */
export function classTokensOf(module: NestModule): {
  readonly provided: ReadonlySet<Type<object>>;
  readonly all: ReadonlySet<Type<object>>;
} {
  const injector = new Injector();
  const wrappers = [...module.providers.values(), ...module.controllers.values(), ...module.injectables.values()];
  const injected = wrappers.flatMap(({ metatype, inject, isNotMetatype }) => {
    if (inject) return inject.map(tokenOf);
    if (isNotMetatype || typeof metatype !== 'function') return [];
    const properties = injector.reflectProperties(metatype as Type).map(({ name }) => name);
    return [...injector.reflectConstructorParams(metatype as Type), ...properties].map(tokenOf);
  });
  const provided = new Set([...module.providers.keys()].filter(isClass));
  return { provided, all: new Set([...provided, ...injected.filter(isClass)]) };
}

/** Puts a provider into a module that is not built yet, in place of one that it may have. */
export function provideOwn(module: NestModule, token: Type<object>, own: OwnProvider): void {
  module.addProvider({ provide: token, ...own });
}

/** What was taken from `RouterModule`, by the module that it is in the container. */
const ROUTES_TAKEN = new WeakMap<NestModule, Routes>();

/** Prevents `RouterModule` from recording its paths at the module classes, where they would apply to the whole application. */
export function takeRoutes(module: NestModule): void {
  const routes: unknown = module.providers.get(ROUTES)?.instance;
  if (!Array.isArray(routes) || ROUTES_TAKEN.has(module)) return;
  module.addProvider({ provide: ROUTES, useValue: [] });
  ROUTES_TAKEN.set(module, routes as Routes);
}

/** The paths that `RouterModule.register` was called with; empty for any other module. */
export function routesTakenFrom(module: NestModule): Routes {
  return ROUTES_TAKEN.get(module) ?? [];
}

function tokenOf(dependency: unknown): unknown {
  if (typeof dependency !== 'object' || dependency === null) return dependency;
  if ('forwardRef' in dependency && typeof dependency.forwardRef === 'function')
    return (dependency.forwardRef as () => unknown)();
  return 'token' in dependency ? dependency.token : dependency;
}

function isClass(token: unknown): token is Type<object> {
  return typeof token === 'function';
}
