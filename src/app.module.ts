/** The fuse box: joins the rooms to the server that `nest start` runs. */
import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Configuration, type Environment, loadConfiguration, locateDirectories } from './config/index.js';
import { readHostPackage, SHIPPED_PLUGINS } from './host/index.js';
import { BodyDoor, HostRoutes, HttpAddressError, HttpOptions, serveApiPage } from './http/index.js';
import { type HostWatch, PluginHostModule } from './lifecycle/index.js';
import { ScheduleExplorer } from './explorers/index.js';
import { ControlChannelModule } from './management/index.js';
import { AppLogger } from './telemetry/index.js';

/** `http.bodies` limits bodies. Node looks for clients that are late with their headers this often, in milliseconds. */
const HTTP_SERVER = { bodyLimit: Number.MAX_SAFE_INTEGER, http: { connectionsCheckingInterval: 1_000 } };

@Module({})
class AppModule {
  /** @throws ConfigurationError when panotti.yaml is wrong */
  static async forRoot(configuration: Configuration, watch?: HostWatch): Promise<DynamicModule> {
    return {
      module: AppModule,
      imports: [
        EventEmitterModule.forRoot({ wildcard: true }),
        await PluginHostModule.forRoot({
          configuration,
          shippedDirectory: SHIPPED_PLUGINS,
          startup: 'background',
          requestLog: 'all',
          explorers: [ScheduleExplorer],
          watch,
        }),
        ControlChannelModule,
      ],
    };
  }
}

export interface ServerSurroundings {
  readonly environment: Environment;
  /** What the process has watched from its beginning. */
  readonly watch: HostWatch;
}

/**
 * The application, configured and not yet listening.
 *
 * @throws ConfigurationError when panotti.yaml is wrong
 */
export async function createServer({ environment, watch }: ServerSurroundings): Promise<NestFastifyApplication> {
  const configuration = await loadConfiguration(locateDirectories(environment), environment);
  const { version } = await readHostPackage();
  // Plugins are imported next, and what they log at their top level belongs into the log in its form.
  Logger.attachBuffer();
  const adapter = new FastifyAdapter(HTTP_SERVER);
  const app = await NestFactory.create<NestFastifyApplication>(await AppModule.forRoot(configuration, watch), adapter, {
    // The door for bodies reads them.
    bodyParser: false,
    bufferLogs: true,
    // Where it cannot be built, the error says what to do; Nest would print it with its stack among the lines of its own loading.
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.useLogger(app.get(AppLogger));
  app.flushLogs();
  app.get(HostRoutes).guard(adapter.getInstance());
  app.get(BodyDoor).guard(adapter.getInstance());
  const { docs, routes } = app.get(HttpOptions);
  if (docs) serveApiPage(app, { path: routes.docs, version });
  return app;
}

/** @throws HttpAddressError when the configured address cannot be had */
export async function listen(app: NestFastifyApplication): Promise<string> {
  const { host, port } = app.get(HttpOptions);
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw HttpAddressError.from(error, { host, port }) ?? error;
  }
  return app.getUrl();
}
