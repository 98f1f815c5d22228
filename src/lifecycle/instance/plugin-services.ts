/** What a plugin instance needs of the host, gathered in one injectable. */
import { Injectable } from '@nestjs/common';
import { ApplicationModules, LazyModules, ModuleBuilds, ModuleUsage, NestInternals } from '../../nest/index.js';
import { Clock } from '../../common/index.js';
import { DataDirectory } from '../../config/index.js';
import { EventBus } from '../../events/index.js';
import { HealthIndicators } from '../../health/index.js';
import { PluginExplorers } from '../../explorers/index.js';
import { StateKeeper } from '../../state/index.js';
import { PluginRegistries } from '../../telemetry/index.js';
import { PendingCalls } from './pending-calls.js';
import { PluginMounts, RouteValidation } from '../../http/index.js';

@Injectable()
export class PluginServices {
  readonly usage = new ModuleUsage();
  readonly calls: PendingCalls;

  constructor(
    readonly internals: NestInternals,
    readonly application: ApplicationModules,
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
}
