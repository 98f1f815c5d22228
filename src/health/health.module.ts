/** Joins the parts of the room. */
import { Global, Inject, Module, type DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { controllerAt } from '../telemetry/index.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';
import { HealthOptions } from './health.options.js';
import { KeptAnswers } from './kept-answers.js';

const HEALTH_PATH = Symbol('panotti:health-path');

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
      providers: [
        HealthIndicators,
        KeptAnswers,
        { provide: HealthOptions, useValue: options },
        { provide: HEALTH_PATH, useValue: path },
      ],
      controllers: options.endpoints ? [controllerAt(HealthController, path)] : [],
      exports: [HealthIndicators],
    };
  }

  constructor(
    adapterHost: HttpAdapterHost,
    answers: KeptAnswers,
    { endpoints }: HealthOptions,
    @Inject(HEALTH_PATH) path: string,
  ) {
    // The adapter comes after the modules where a testing module is compiled first. An application without HTTP has none.
    adapterHost.init$.subscribe(() => {
      const { httpAdapter } = adapterHost;
      if (endpoints && httpAdapter?.getType() === 'fastify')
        answers.serve(httpAdapter.getInstance(), { everything: path, ready: `${path}/ready` });
    });
  }
}
