/** The module that a Nest application imports to become a host of plugins: its options, and what it does in the hooks of Nest. */
import {
  type DynamicModule,
  Inject,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Clock, SystemClock } from '../common/index.js';
import { type Configuration, ConfigurationError, ConfigurationFolder, DataDirectory } from '../config/index.js';
import { EventsModule } from '../events/index.js';
import { HealthModule, PluginStatusPort, StoreStatePort } from '../health/index.js';
import {
  type ImportWatch,
  PluginCatalog,
  pluginConfigurationProblems,
  prepareCatalog,
  readHostPackage,
} from '../host/index.js';
import { StateModule } from '../state/index.js';
import { StorageModule } from '../storage/index.js';
import { type RequestLogScope, TelemetryModule, type WatchdogThread } from '../telemetry/index.js';
import {
  ApiDocument,
  BodyDoor,
  HostRoutes,
  HttpOptions,
  RouteValidation,
  type RouteValidationMode,
} from '../http/index.js';
import { ConfigurationWarnings } from './options/configuration-warnings.js';
import { embeddedConfiguration, type EmbeddedSettings } from './options/embedded-configuration.js';
import { explorerProviders, type PluginExplorer } from '../explorers/index.js';
import { NestInternals } from '../nest/index.js';
import { PluginHostTwiceError } from './lifecycle.errors.js';
import { LifecycleMetrics } from './lifecycle.metrics.js';
import { LifecycleOptions } from './lifecycle.options.js';
import { PluginGraph } from './orchestration/plugin-graph.js';
import { PluginHost } from './plugin-host.js';
import { GuardedProcess, type ProcessGuardOptions } from './process/guarded-process.js';
import { ProcessGuard } from './process/process-guard.js';
import { CONFIGURATION_FOLDER } from './reload/configuration-reloader.js';
import { PluginRoster } from './orchestration/plugin-roster.js';
import { bindServerOptions } from './options/bind-server-options.js';
import { ServerOptions } from './options/server.options.js';
import { lifecycleProviders } from './lifecycle.providers.js';

/** Says if the application waits for its plugins before it listens. */
export type StartupMode = 'awaited' | 'background';

/** The injection token of the mode. */
const STARTUP_MODE = Symbol('panotti:startup-mode');

/** What the server watches from before its application exists. */
export interface HostWatch {
  readonly imports: ImportWatch;
  readonly thread: WatchdogThread;
}

/** What `PluginHostModule.forRoot` takes. Everything may be left out. */
export interface PluginHostOptions extends EmbeddedSettings {
  /** Plugin classes that the application brings along. */
  readonly plugins?: readonly Type<object>[];
  /** A folder of plugins that ships with the application; each entry as in `plugins.directories`. Absolute path. */
  readonly shippedDirectory?: string;
  /** Configuration that is loaded already, instead of `configDirectory`, `host` and `pluginSections`. */
  readonly configuration?: Configuration;
  /** `awaited` (default): the application is initialized once each plugin is up or known not to be. `background`: it listens while they start. */
  readonly startup?: StartupMode;
  /** Serve decorators of other packages in plugins, such as `ScheduleExplorer`: classes that Nest builds, or objects. Default: none. */
  readonly explorers?: readonly (Type<PluginExplorer> | PluginExplorer)[];
  /**
   * Reports stray errors, `process.exit`, `process.chdir` and leaks of listeners under the name of the plugin that caused them. Unhandled
   * rejections of plugins do not end the process, and `process.chdir` throws in them. Default: false, the host leaves the process alone.
   */
  readonly processGuard?: boolean | ProcessGuardOptions;
  /** What `telemetry.requestLog: auto` means. Default: `plugins`, because the application may have a log of its requests. */
  readonly requestLog?: RequestLogScope['log'];
  /**
   * How what reaches the handlers of plugins is validated. Default: `server`, strictly by their DTO classes: transformed, unknown properties
   * refused; a global `ValidationPipe` of the application takes its place. `application`: by the application's global pipes alone.
   */
  readonly routeValidation?: RouteValidationMode;
  /** For the server; an application uses `processGuard`. */
  readonly watch?: HostWatch | undefined;
  /** The source of time, for tests. */
  readonly clock?: Clock;
}

@Module({})
export class PluginHostModule implements NestModule, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly host: PluginHost,
    private readonly roster: PluginRoster,
    @Inject(STARTUP_MODE) private readonly startup: StartupMode,
    private readonly catalog: PluginCatalog,
    private readonly warnings: ConfigurationWarnings,
    private readonly options: ServerOptions,
    private readonly hostRoutes: HostRoutes,
    private readonly guard: ProcessGuard,
    internals: NestInternals,
  ) {
    internals.putLast(PluginHostModule);
  }

  /**
   * Reads the configuration, discovers the plugins and checks them. Nothing is built yet.
   *
   * @throws ConfigurationError with all problems, also those of plugins, when the host's own configuration is wrong; problems of single
   * plugins alone only keep those from starting
   */
  static async forRoot(options: PluginHostOptions = {}): Promise<DynamicModule> {
    const configuration = options.configuration ?? (await embeddedConfiguration(options));
    const clock = options.clock ?? new SystemClock();
    const guarded = options.processGuard
      ? new GuardedProcess(options.processGuard === true ? {} : options.processGuard)
      : undefined;
    const ingredients = {
      configuration,
      embedded: options.plugins ?? [],
      shipped: options.shippedDirectory,
      clock,
      imports: options.watch?.imports ?? guarded?.imports,
    };
    const { value: server, problems, warnings } = bindServerOptions(configuration.host);
    const wrong = [...configuration.host.problems, ...problems];
    if (server === undefined || wrong.length > 0)
      throw new ConfigurationError([...wrong, ...(await pluginConfigurationProblems(ingredients))]);
    const isFromFiles = options.configuration !== undefined || options.configDirectory !== undefined;
    const folder = isFromFiles ? await ConfigurationFolder.open(configuration) : undefined;
    const catalog = await prepareCatalog(ingredients);
    const { version } = await readHostPackage();
    await guarded?.importsAreOver();
    return {
      module: PluginHostModule,
      global: true,
      imports: [
        TelemetryModule.forRoot(
          server.telemetry,
          { isProduction: configuration.environment['NODE_ENV'] === 'production' },
          requestLogScope(server, options.requestLog ?? 'plugins'),
          [...catalog.entries.values()].map(({ name, origin }) => ({ plugin: name, file: origin.location })),
          options.watch?.thread,
        ),
        EventsModule.forRoot(server.events),
        StorageModule.forRoot(server.storage, configuration.directories.dataDirectory),
        StateModule.forRoot(server.state),
        HealthModule.forRoot(server.health, server.http.routes.health),
        clockModule(clock),
      ],
      providers: [
        ...lifecycleProviders,
        ...explorerProviders(options.explorers ?? []),
        {
          provide: GAUGES,
          inject: [LifecycleMetrics, PluginGraph],
          useFactory: (metrics: LifecycleMetrics, graph: PluginGraph) => {
            metrics.describeBuild(version);
            metrics.watchStates(() => graph.all().map(({ name, machine }) => ({ plugin: name, state: machine.state })));
          },
        },
        { provide: PluginCatalog, useValue: catalog },
        { provide: CONFIGURATION_FOLDER, useValue: folder },
        { provide: ServerOptions, useValue: server },
        { provide: ConfigurationWarnings, useValue: new ConfigurationWarnings([...warnings, ...catalog.warnings]) },
        { provide: LifecycleOptions, useValue: server.lifecycle },
        { provide: HttpOptions, useValue: server.http },
        { provide: DataDirectory, useValue: new DataDirectory(configuration.directories.dataDirectory) },
        { provide: STARTUP_MODE, useValue: options.startup ?? 'awaited' },
        { provide: GuardedProcess, useValue: guarded },
        { provide: RouteValidation, useValue: new RouteValidation(options.routeValidation ?? 'server') },
      ],
      exports: [
        PluginHost,
        ApiDocument,
        BodyDoor,
        PluginCatalog,
        PluginStatusPort,
        StoreStatePort,
        HttpOptions,
        LifecycleOptions,
        DataDirectory,
      ],
    };
  }

  /** Configures no middleware: it is the only hook that runs before the application registers its routes. */
  configure(): void {
    const { health, telemetry } = this.options;
    this.hostRoutes.reserve([
      ...(health.endpoints ? (['health'] as const) : []),
      ...(telemetry.metrics ? (['metrics'] as const) : []),
    ]);
  }

  onModuleInit(): void {
    this.warnings.log();
    // A refused restart means that the plugin is not to run any more, so its wrong routes do not matter.
    this.roster.installRoutes((plugin) => void this.host.restart(plugin).catch(() => undefined));
  }

  async onApplicationBootstrap(): Promise<void> {
    const started = this.host.startAll();
    const isOver = (): void => this.guard.pluginsAreStarted();
    void started.then(isOver, isOver);
    if (this.startup === 'awaited') await started;
  }

  async onModuleDestroy(): Promise<void> {
    await this.host.shutDown();
    this.catalog[Symbol.dispose]();
  }
}

function requestLogScope({ http, telemetry }: ServerOptions, auto: RequestLogScope['log']): RequestLogScope {
  const { health, metrics } = http.routes;
  return {
    log: telemetry.requestLog === 'auto' ? auto : telemetry.requestLog,
    plugins: `/${http.prefix}`,
    health,
    metrics,
  };
}

/** Never injected: its factory registers metrics when the application is built. */
const GAUGES = Symbol('panotti:gauges');

/** Time for every room, from one source. */
@Module({})
class ClockModule {}

/** Everything else needs the clock, so a second host in the application is refused before it has opened or registered anything. */
function clockModule(clock: Clock): DynamicModule {
  const useFactory = (modules: ModulesContainer): Clock => {
    if ([...modules.values()].filter(({ metatype }) => metatype === PluginHostModule).length > 1)
      throw new PluginHostTwiceError();
    return clock;
  };
  return {
    module: ClockModule,
    global: true,
    providers: [{ provide: Clock, inject: [ModulesContainer], useFactory }],
    exports: [Clock],
  };
}
