/**
 * Applies `APP_GUARD`, `APP_PIPE`, `APP_INTERCEPTOR` and `APP_FILTER` of a plugin to its own routes only. Nest applies them to the whole application.
 * A neighbour of nest-internals: `test/contract/nest-enhancers.spec.ts` holds a test for what is used of Nest's inside.
 */
import type { PipeTransform } from '@nestjs/common';
import { ApplicationConfig, type LazyModuleLoader } from '@nestjs/core';
import { type InstanceWrapper, type Module as NestModule, NoopGraphInspector } from '@nestjs/core/internal';

/** A provider of `APP_GUARD` or its like that the scanner met. */
interface MetEnhancer {
  readonly moduleKey: string;
  readonly providerKey: string;
}

interface Scanner {
  applicationProvidersApplyMap: MetEnhancer[];
  applyApplicationProviders(): void;
}

/** What the global enhancers of a route are looked up in. */
export type GlobalEnhancers = Pick<
  ApplicationConfig,
  | 'getGlobalGuards'
  | 'getGlobalPipes'
  | 'getGlobalInterceptors'
  | 'getGlobalFilters'
  | 'getGlobalRequestGuards'
  | 'getGlobalRequestPipes'
  | 'getGlobalRequestInterceptors'
  | 'getGlobalRequestFilters'
>;

/** Says which pipes are the global ones of a route, out of those of the application and the plugin. */
export interface RoutePipes {
  pipesOf(enhancers: GlobalEnhancers): PipeTransform[];
}

export class NestEnhancers {
  readonly #scanner: Scanner;

  constructor(
    private readonly application: ApplicationConfig,
    loader: LazyModuleLoader,
  ) {
    this.#scanner = (loader as unknown as { dependenciesScanner: Scanner }).dependenciesScanner;
  }

  /**
   * Has the controllers of a module made for each request where a global enhancer of the application or the plugin is. To be called before
   * they are built. Nest does it for the application's own controllers while it starts.
   *
   * @param modules those of the plugin
   */
  bind(module: NestModule, modules: ReadonlySet<NestModule>): void {
    const perRequest = [...requestEnhancers(this.application), ...this.#perRequestOf(modules)];
    for (const controller of module.controllers.values()) {
      const bound = new Set(controller.getEnhancersMetadata());
      for (const enhancer of perRequest) if (!bound.has(enhancer)) controller.addEnhancerMetadata(enhancer);
    }
  }

  /**
   * What the routes of these modules are made with, once they are built: the global enhancers of the application as they are then, followed
   * by those that the modules provide.
   *
   * @throws what Nest throws when an application starts with an enhancer that cannot be one
   */
  configFor(modules: ReadonlySet<NestModule>, validation: RoutePipes): ApplicationConfig {
    const { application } = this;
    const own = this.#providedBy(modules);
    const both: GlobalEnhancers = {
      getGlobalGuards: () => [...application.getGlobalGuards(), ...own.getGlobalGuards()],
      getGlobalPipes: () => [...application.getGlobalPipes(), ...own.getGlobalPipes()],
      getGlobalInterceptors: () => [...application.getGlobalInterceptors(), ...own.getGlobalInterceptors()],
      getGlobalFilters: () => [...application.getGlobalFilters(), ...own.getGlobalFilters()],
      getGlobalRequestGuards: () => [...application.getGlobalRequestGuards(), ...own.getGlobalRequestGuards()],
      getGlobalRequestPipes: () => [...application.getGlobalRequestPipes(), ...own.getGlobalRequestPipes()],
      getGlobalRequestInterceptors: () => [
        ...application.getGlobalRequestInterceptors(),
        ...own.getGlobalRequestInterceptors(),
      ],
      getGlobalRequestFilters: () => [...application.getGlobalRequestFilters(), ...own.getGlobalRequestFilters()],
    };
    return Object.assign(Object.create(application) as ApplicationConfig, both, {
      getGlobalPipes: () => validation.pipesOf(both),
    });
  }

  /** The scanner never takes anything from its list of what it met. */
  forget(gone: readonly NestModule[]): void {
    const tokens = new Set(gone.map(({ token }) => token));
    this.#scanner.applicationProvidersApplyMap = this.#scanner.applicationProvidersApplyMap.filter(
      ({ moduleKey }) => !tokens.has(moduleKey),
    );
  }

  /** In the order of the scan, as Nest has them. */
  #providedBy(modules: ReadonlySet<NestModule>): GlobalEnhancers {
    const own = new ApplicationConfig();
    const view = Object.create(this.#scanner, {
      applicationConfig: { value: own },
      applicationProvidersApplyMap: { value: this.#metIn(modules) },
      // The application's own one would keep what a stopped plugin had.
      graphInspector: { value: NoopGraphInspector },
    }) as Scanner;
    view.applyApplicationProviders();
    return own;
  }

  /** Nest has those that are made for each request among a module's injectables, and the others among its providers. */
  #perRequestOf(modules: ReadonlySet<NestModule>): InstanceWrapper[] {
    const byToken = new Map([...modules].map((module) => [module.token, module]));
    return this.#metIn(modules).flatMap(
      ({ moduleKey, providerKey }) => byToken.get(moduleKey)?.injectables.get(providerKey) ?? [],
    );
  }

  #metIn(modules: ReadonlySet<NestModule>): MetEnhancer[] {
    const tokens = new Set([...modules].map(({ token }) => token));
    return this.#scanner.applicationProvidersApplyMap.filter(({ moduleKey }) => tokens.has(moduleKey));
  }
}

function requestEnhancers(config: GlobalEnhancers): InstanceWrapper[] {
  return [
    ...config.getGlobalRequestGuards(),
    ...config.getGlobalRequestPipes(),
    ...config.getGlobalRequestInterceptors(),
    ...config.getGlobalRequestFilters(),
  ];
}
