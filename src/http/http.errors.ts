/** Errors of the http room. Their codes are listed in docs/errors.md, tested in both directions. */
import { PanottiError } from '../common/index.js';
import type { RoutePlace } from '../nest/index.js';

/** The application, or one of its packages, serves a path that the host serves as well; or two options of the host name one path. */
export class HostRouteTakenError extends PanottiError {
  /**
   * @param route such as `GET /health`
   * @param other option of the host on the same path; left out if the application serves the path
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

/** The HTTP server of the application is not Fastify's. */
export class FastifyRequiredError extends PanottiError {
  constructor(found: string) {
    super({
      code: 'FASTIFY_REQUIRED',
      message: `The application runs on the HTTP adapter "${found}"; plugin routes need Fastify.`,
      fix: 'Create the application with `new FastifyAdapter()` of @nestjs/platform-fastify.',
    });
  }
}

/** The server cannot listen at the configured address. */
export class HttpAddressError extends PanottiError {
  /** The error of a listening socket in words; `undefined` for an error of another kind. */
  static from(error: unknown, address: { readonly host: string; readonly port: number }): HttpAddressError | undefined {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason = LISTEN_ERRORS[String(code)];
    return reason ? new HttpAddressError(`${address.host}:${address.port} ${reason}`, error) : undefined;
  }

  constructor(what: string, cause: unknown) {
    super({
      code: 'HTTP_ADDRESS_UNAVAILABLE',
      message: `The server cannot listen: ${what}.`,
      fix: 'Stop the program that has the port, or choose another with PORT or with http.port and http.host in panotti.yaml.',
      cause,
    });
  }
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EADDRNOTAVAIL: 'is no address of this machine',
  EACCES: 'is not allowed for this user',
  ENOTFOUND: 'is no host name that can be resolved',
};

/** The options of `@AcceptsBody` are invalid. */
export class BodyDeclarationError extends PanottiError {
  /** @param where the method: `Uploads.receive` */
  constructor(where: string, problem: string) {
    super({
      code: 'BODY_DECLARATION_INVALID',
      message: `The @AcceptsBody of ${where} cannot be used: ${problem}.`,
      fix: "Write for example `@AcceptsBody({ as: 'stream', types: ['audio/wav'], maxBytes: 10_000_000 })`; docs/guide/write-a-plugin.md lists the options.",
    });
  }
}
