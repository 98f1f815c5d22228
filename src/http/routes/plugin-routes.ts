/** Opens the routes of a plugin's controllers in its mount, and closes them. */
import { Injectable } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { NestInternals, type NestModule, routesTakenFrom } from '../../nest/index.js';
import { ModulePaths } from './module-paths.js';
import { PluginMounts } from './plugin-mounts.js';
import { RouteValidation } from './route-validation.js';

@Injectable()
export class PluginRoutes {
  constructor(
    private readonly mounts: PluginMounts,
    private readonly internals: NestInternals,
    private readonly validation: RouteValidation,
  ) {}

  /**
   * What the routes of these modules are made with: global guards, pipes, interceptors and filters.
   *
   * @param built the modules of the plugin, completely built
   * @throws what Nest throws for a global enhancer that cannot be one
   */
  enhancersOf(built: ReadonlySet<NestModule>): ApplicationConfig {
    return this.internals.enhancers.configFor(built, this.validation);
  }

  /**
   * Lets requests in. Does nothing in an application without an HTTP server.
   *
   * @throws PluginRouteConflictError, PluginRouteUnsupportedError, PluginRouteSchemaError
   */
  open(plugin: string, modules: readonly NestModule[], enhancers: ApplicationConfig): void {
    const mount = this.mounts.get(plugin);
    if (!mount) return;
    const path = this.mounts.pathOf(plugin);
    const paths = ModulePaths.of(
      plugin,
      modules.map((module) => [module.metatype, routesTakenFrom(module)] as const),
    );
    const routes = modules.flatMap((module) =>
      this.internals.resolveRoutes(module, `${path}${paths.of(module.metatype)}`, enhancers),
    );
    mount.open(this.internals.withoutConflicts(plugin, routes));
  }

  /** From here on new requests get 503; those under way go on. */
  close(plugin: string): void {
    this.mounts.get(plugin)?.close();
  }

  /** Waits for open requests. @returns how many were cut off after `timeoutMs` */
  async drain(plugin: string, timeoutMs: number): Promise<number> {
    return (await this.mounts.get(plugin)?.drain(timeoutMs)) ?? 0;
  }
}
