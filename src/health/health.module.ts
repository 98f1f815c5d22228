/** Joins the parts of the room. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { controllerAt } from '../telemetry/index.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';
import { HealthOptions } from './health.options.js';

/** Global: `HealthIndicators` can be injected everywhere. Needs a `Clock`, a `PluginStatusPort` and a `StoreStatePort` from around it. */
@Global()
@Module({})
export class HealthModule {
  /** @param path where the endpoints are, unless the options leave them out */
  static forRoot(options: HealthOptions, path = '/health'): DynamicModule {
    return {
      module: HealthModule,
      // Terminus would log each answer that is not well, at each poll; the indicators log changes.
      imports: [TerminusModule.forRoot({ logger: false })],
      providers: [HealthIndicators, { provide: HealthOptions, useValue: options }],
      controllers: options.endpoints ? [controllerAt(HealthController, path)] : [],
      exports: [HealthIndicators],
    };
  }
}
