/** Errors about the routes of plugins. Their codes are listed in docs/errors.md, tested in both directions. */
import { PanottiError } from '../../common/index.js';

/** The application, or one of its packages, serves a path that the host serves as well; or two options of the host name one path. */
export class HostRouteTakenError extends PanottiError {
  /**
   * @param route such as `GET /health`
   * @param other option of the host on the same path; none where the application serves it
   */
  constructor(route: string, option: string, other?: string) {
    const both = `http.routes.${option} and http.routes.${other}`;
    if (other !== undefined) {
      super({
        code: 'HOST_ROUTE_TAKEN',
        message: `${route} is served by the plugin host twice: ${both} have it in common.`,
        fix: `Give ${both} paths of their own.`,
      });
      return;
    }
    super({
      code: 'HOST_ROUTE_TAKEN',
      message: `${route} is served by the application and by the plugin host as well.`,
      fix: `Move the host's with the option http.routes.${option}, or leave it out: health.endpoints: false or telemetry.metrics: false.`,
    });
  }
}

/** A handler of a controller: `Orders.place (POST /api/orders)`. */
export interface RoutePlace {
  readonly plugin: string;
  readonly where: string;
}

/** Two controllers of a plugin claim the same route, or one cannot be read. */
export class PluginRouteConflictError extends PanottiError {
  constructor({ plugin, where }: RoutePlace, cause: unknown) {
    super({
      code: 'PLUGIN_ROUTE_CONFLICT',
      plugin,
      message: `Plugin "${plugin}" cannot serve ${where}: another of its handlers has the same route, or its path or constraints cannot be read.`,
      fix: 'Give each handler of the plugin a method and path, or a constraint, of its own.',
      cause,
    });
  }
}

/** A route asks for something that cannot be had below the mount of a plugin, where it would have no effect. */
export class PluginRouteUnsupportedError extends PanottiError {
  constructor({ plugin, where }: RoutePlace, details: { readonly what: string; readonly alternative: string }) {
    super({
      code: 'PLUGIN_ROUTE_UNSUPPORTED',
      plugin,
      message: `Plugin "${plugin}" cannot serve ${where}: ${details.what}. Instead: ${details.alternative}.`,
      fix: 'Do what the message says after "Instead".',
    });
  }
}

/** The schema of a route cannot be compiled. */
export class PluginRouteSchemaError extends PanottiError {
  constructor({ plugin, where }: RoutePlace, problem: string, cause?: unknown) {
    super({
      code: 'PLUGIN_ROUTE_SCHEMA_INVALID',
      plugin,
      message: `The @RouteSchema of ${where} in plugin "${plugin}" cannot be used: ${problem}.`,
      fix: 'Correct the schema. Schemas that it refers to by `$ref` must be known to the server: `app.getHttpAdapter().getInstance().addSchema()`.',
      cause,
    });
  }
}
