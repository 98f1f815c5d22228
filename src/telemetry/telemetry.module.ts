/** Joins the parts of the room: the application's logger, the tracking of requests, the registry of metrics, stray errors and the watchdog. */
import { Global, Inject, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { Registry } from 'prom-client';
import { Clock } from '../common/index.js';
import { AppLogger } from './log/app-logger.js';
import { controllerAt } from './metrics/controller-at.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsPage } from './metrics/metrics-page.js';
import { PluginRegistries } from './metrics/plugin-registries.js';
import { HeapWatch } from './heap/heap-watch.js';
import { type PluginFile, PluginFiles } from './context/plugin-files.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { RepeatedLines } from './log/repeated-lines.js';
import { type RequestLogScope, trackRequests } from './log/request-tracking.js';
import { createRootLogger, lineForm, ROOT_LOGGER, type LogSurroundings, type RootLogger } from './log/root-logger.js';
import { StrayErrors } from './process/stray-errors.js';
import { TelemetryOptions } from './telemetry.options.js';
import { WatchdogMetrics } from './watchdog/watchdog.metrics.js';
import { LINE_FORM, WATCHDOG_THREAD, Watchdog } from './watchdog/watchdog.js';
import type { WatchdogThread } from './watchdog/watchdog-thread.js';

const REQUEST_LOG_SCOPE = Symbol('panotti:request-log-scope');

/** Apart, because the module of nestjs-pino and the one below both stand on it. */
@Module({})
class RootLoggerModule {}

/** Global: `AppLogger`, `StrayErrors` and the metrics `Registry` can be injected everywhere. Needs a `Clock` from around it. */
@Global()
@Module({})
export class TelemetryModule {
  /**
   * @param requests where the routes are that the log of requests tells apart
   * @param pluginFiles where the code of each plugin lies, for errors and blocks of the event loop that have lost their context
   * @param thread      of the watchdog, where one runs already
   */
  static forRoot(
    options: TelemetryOptions,
    surroundings: LogSurroundings,
    requests: RequestLogScope = { log: 'all', plugins: '/api', health: '/health', metrics: '/metrics' },
    pluginFiles: Iterable<PluginFile> = [],
    thread?: WatchdogThread,
  ): DynamicModule {
    const form = lineForm(options, surroundings);
    thread?.writeAs(form);
    const rootLogger: FactoryProvider = {
      provide: ROOT_LOGGER,
      useFactory: () => createRootLogger(options, surroundings),
    };
    const root: DynamicModule = { module: RootLoggerModule, providers: [rootLogger], exports: [ROOT_LOGGER] };
    return {
      module: TelemetryModule,
      imports: [root, pinoModule(root)],
      providers: [
        AppLogger,
        MetricsPage,
        PluginRegistries,
        HeapWatch,
        ProcessMetrics,
        RepeatedLines,
        StrayErrors,
        Watchdog,
        WatchdogMetrics,
        { provide: REQUEST_LOG_SCOPE, useValue: requests },
        { provide: WATCHDOG_THREAD, useValue: thread },
        { provide: LINE_FORM, useValue: form },
        { provide: TelemetryOptions, useValue: options },
        { provide: PluginFiles, useValue: new PluginFiles(pluginFiles) },
        // Not without the clock, which an application with two hosts does not get: both would register the same metrics.
        { provide: Registry, inject: [Clock], useFactory: () => new Registry() },
      ],
      controllers: options.metrics ? [controllerAt(MetricsController, requests.metrics)] : [],
      exports: [AppLogger, PluginFiles, PluginRegistries, Registry, RepeatedLines, StrayErrors, Watchdog],
    };
  }

  constructor(
    adapterHost: HttpAdapterHost,
    @Inject(ROOT_LOGGER) logger: RootLogger,
    @Inject(REQUEST_LOG_SCOPE) scope: RequestLogScope,
  ) {
    // The adapter comes after the modules where a testing module is compiled first. An application without HTTP has none.
    adapterHost.init$.subscribe(() => {
      const { httpAdapter } = adapterHost;
      if (httpAdapter?.getType() === 'fastify') trackRequests(httpAdapter.getInstance(), logger, scope);
    });
  }
}

/** `PinoLogger` for authors who like it, on the same logger. Its middleware is applied to no route: requests are tracked by hooks. */
function pinoModule(root: DynamicModule): DynamicModule {
  return LoggerModule.forRootAsync({
    imports: [root],
    inject: [ROOT_LOGGER],
    useFactory: (logger: RootLogger) => ({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] }),
  });
}
