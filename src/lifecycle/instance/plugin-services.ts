/** What a plugin instance needs of the host, gathered in one injectable. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/index.js';
import { DataDirectory } from '../../config/index.js';
import { EventBus } from '../../events/index.js';
import { HealthIndicators } from '../../health/index.js';
import { readManifest } from '../../plugin/index.js';
import { PluginExplorers } from '../explorers/plugin-explorers.js';
import { StateKeeper } from '../../state/index.js';
import { PluginRegistries } from '../../telemetry/index.js';
import { ModuleBuilds } from '../module-builds.js';
import { LazyModules } from './lazy-modules.js';
import { ModuleUsage } from './module-usage.js';
import { PendingCalls } from './pending-calls.js';
import { NestInternals, type NestModule } from '../nest-internals.js';
import { PluginMounts } from '../routes/plugin-mounts.js';
import { RouteValidation } from '../routes/route-validation.js';

@Injectable()
export class PluginServices {
  readonly usage = new ModuleUsage();
  readonly calls: PendingCalls;
  #hostModules: ReadonlySet<NestModule> = new Set();

  constructor(
    readonly internals: NestInternals,
    readonly bus: EventBus,
    readonly indicators: HealthIndicators,
    readonly mounts: PluginMounts,
    readonly dataDirectory: DataDirectory,
    readonly explorers: PluginExplorers,
    readonly states: StateKeeper,
    readonly registries: PluginRegistries,
    readonly builds: ModuleBuilds,
    readonly lazyModules: LazyModules,
    readonly routeValidation: RouteValidation,
    clock: Clock,
  ) {
    this.calls = new PendingCalls(clock);
  }

  /** To be called before the first plugin starts: what is in the container then belongs to the application and never to a plugin. */
  rememberHostModules(): void {
    this.#hostModules = new Set(this.internals.allModules());
  }

  /** The application's own modules; none before the first plugin starts. */
  hostModules(): NestModule[] {
    return [...this.#hostModules];
  }

  isOfApplication(module: NestModule | undefined): boolean {
    return module !== undefined && this.#hostModules.has(module);
  }

  /** Whether a module belongs to the application, or is that of a plugin. */
  isForeign(module: NestModule): boolean {
    return this.#hostModules.has(module) || readManifest(module.metatype) !== undefined;
  }
}
