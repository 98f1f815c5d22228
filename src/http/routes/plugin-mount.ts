/**
 * The place of one plugin in the HTTP server. It stays, because Fastify accepts no routes after the start of the application; the routes behind it
 * come and go with the plugin.
 */
import type { Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import findMyWay, { type Config, type HTTPMethod, type HTTPVersion } from 'find-my-way';
import type { Clock } from '../../common/index.js';
import { activeContext, correlationIdOf, runInContext } from '../../telemetry/index.js';
import type { BodyOptions } from '../bodies/body.options.js';
import type { IncomingBody } from '../bodies/incoming-body.js';
import { PluginRouteConflictError, type ResolvedRoute } from '../../nest/index.js';
import { keepEventStreamAlive } from './event-streams.js';
import { methodNotAllowed } from './error-answers.js';
import { type DocumentedRoute, MountedRoute } from './mounted-route.js';
import { OpenRequests } from './open-requests.js';
import type { RouteConstraints } from './route-constraints.js';
import type { RouteSchema, SchemaCompilers } from './route-schema.js';

type Router = ReturnType<typeof findMyWay>;

/** What one start of the plugin serves. */
interface Table {
  readonly router: Router;
  readonly routes: readonly MountedRoute[];
  /** Every method that at least one route has. */
  readonly methods: ReadonlySet<HTTPMethod>;
  /** The names of all constraints of all routes; `undefined` if there are no constraints. */
  readonly constraints: ReadonlySet<string> | undefined;
}

/** Value of `retry-after` for a plugin that is not up, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** Where a request keeps its mount and its route; the scope of the mounts declares them, so that setting them changes no request's shape. */
export const MOUNT = Symbol('panotti.mount');
export const ROUTE = Symbol('panotti.route');

/** A request below the mounts. */
export interface MountedRequest extends FastifyRequest {
  [MOUNT]: PluginMount | undefined;
  [ROUTE]: MountedRoute | undefined;
  /** Set by @fastify/cors on a preflight that it lets through. */
  readonly corsPreflightEnabled?: boolean;
}

export interface PluginMountDetails {
  readonly plugin: string;
  /** `/api/recordings`. */
  readonly path: string;
  /** How the server reads paths: upper case, slashes at the end. */
  readonly routerOptions: Config<HTTPVersion.V1>;
  readonly constraints: RouteConstraints;
  readonly allMethods: readonly HTTPMethod[];
  readonly bodies: BodyOptions;
  /** Compiled by earlier starts. */
  readonly schemas: WeakMap<object, RouteSchema>;
  /** There from when the server is ready. */
  readonly compilers: () => SchemaCompilers | undefined;
  readonly clock: Clock;
  readonly stateOfPlugin: () => string;
}

export class PluginMount {
  #table: Table | undefined;
  readonly #details: PluginMountDetails;
  readonly #requests: OpenRequests;

  constructor(details: PluginMountDetails) {
    this.#details = details;
    this.#requests = new OpenRequests(details.clock);
  }

  get plugin(): string {
    return this.#details.plugin;
  }

  /** The modules of the controllers that are served now. */
  modules(): ReadonlySet<Type<object>> {
    return new Set(this.#table?.routes.flatMap(({ moduleClass }) => moduleClass ?? []));
  }

  /** What is served now, for the API document. */
  documented(): DocumentedRoute[] {
    return this.#table?.routes.map((route) => route.documented()) ?? [];
  }

  /** @throws PluginRouteConflictError, PluginRouteUnsupportedError, PluginRouteSchemaError */
  open(routes: readonly ResolvedRoute[]): void {
    const { plugin, routerOptions, constraints, allMethods, bodies } = this.#details;
    const router = findMyWay({
      ...routerOptions,
      constraints: constraints.copies(),
      onMaxParamLength: () => undefined,
    });
    const mounted = routes.map((route) => {
      return new MountedRoute({ plugin, url: belowMount(route.path, this.#details.path), allMethods, bodies }, route);
    });
    for (const route of mounted) {
      constraints.check(Object.keys(route.constraints), route.place);
      try {
        router.on([...route.methods], route.url, { constraints: route.constraints }, () => undefined, route);
      } catch (error) {
        throw new PluginRouteConflictError(route.place, error);
      }
    }
    const names = new Set(mounted.flatMap((route) => Object.keys(route.constraints)));
    const methods = new Set(mounted.flatMap((route) => route.methods));
    this.#table = { router, routes: mounted, methods, constraints: names.size > 0 ? names : undefined };
    this.compileSchemas();
  }

  /**
   * Compiles the schemas of what is open, once the server has its compilers: to be called again when it is ready.
   *
   * @throws PluginRouteSchemaError and serves nothing then
   */
  compileSchemas(): void {
    const compilers = this.#details.compilers();
    if (!compilers || !this.#table) return;
    try {
      for (const route of this.#table.routes) route.compile(compilers, this.#details.schemas);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** New requests get 503 from here on; those under way go on. */
  close(): void {
    this.#table = undefined;
  }

  /** @returns how many requests were cut off after `timeoutMs` */
  drain(timeoutMs: number): Promise<number> {
    return this.#requests.drain(timeoutMs);
  }

  /**
   * Finds the route of a request before its body is read, and refuses it if the plugin is not up, so that no upload is read in vain. From here
   * on the plugin is working on it.
   *
   * @returns true if the request goes on
   * @throws MethodNotAllowedException, or what the extractor of a custom versioning throws
   */
  receive(request: MountedRequest, reply: FastifyReply): boolean {
    if (!this.#table) {
      this.#answerUnavailable(reply);
      return false;
    }
    const match = this.#find(this.#table, request);
    // Every route is stored with itself.
    if (match?.store === null) {
      this.#answerTooLong(request, reply);
      return false;
    }
    const route = match?.store as MountedRoute | undefined;
    if (!match || !route?.accepts(match.params)) {
      if (!isPreflight(request)) this.#refuseMethod(this.#table, request, reply);
      return true;
    }
    request.params = match.params;
    request[ROUTE] = route;
    this.#requests.track(reply.raw);
    return true;
  }

  /** Counts a body among those that a stop has to end. */
  readonly trackBody = (body: IncomingBody): void => this.#requests.trackBody(body);

  /** Handles a request that was received, in the plugin's context. */
  handle(request: MountedRequest, reply: FastifyReply): unknown {
    const route = request[ROUTE];
    if (!route) return answerUnserved(request, reply);
    if (route.isEventStream) keepEventStreamAlive(reply.raw, this.#details.clock);
    // The tracking of requests has put the id into the context, unless the application does not track requests.
    const correlationId = activeContext()?.correlationId ?? correlationIdOf(request);
    return runInContext({ plugin: this.plugin, correlationId }, () => route.handle(request, reply));
  }

  /** A path that is served with other methods is found all the same. */
  #refuseMethod(
    { router, methods, constraints }: Table,
    { method, url, raw }: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const path = pathOf(url);
    const derived = constraints && this.#details.constraints.derive(constraints, raw);
    const allowed = [...methods].filter((candidate) => {
      const match = router.find(candidate, path, derived);
      return match?.store instanceof MountedRoute && match.store.accepts(match.params);
    });
    if (allowed.length > 0) throw methodNotAllowed(method, path, allowed, reply);
  }

  #find({ router, constraints }: Table, { method, url, raw }: FastifyRequest): ReturnType<Router['find']> {
    const path = pathOf(url);
    const derived = constraints && this.#details.constraints.derive(constraints, raw);
    // Any method name is looked up; one that no route has is simply not found.
    const match = router.find(method as HTTPMethod, path, derived);
    return match ?? (method === 'HEAD' ? router.find('GET', path, derived) : null);
  }

  #answerTooLong({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
    const message = `'${pathOf(url)}' is exceeding the max param length`;
    // As Fastify says it of its own routes.
    return reply.code(414).send({ statusCode: 414, code: 'FST_ERR_MAX_PARAM_LENGTH', error: 'URI Too Long', message });
  }

  #answerUnavailable(reply: FastifyReply): FastifyReply {
    return reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({
        statusCode: 503,
        error: 'Service Unavailable',
        message: `Plugin "${this.plugin}" is ${this.#details.stateOfPlugin()}.`,
      });
  }
}

function isPreflight({ method, corsPreflightEnabled }: MountedRequest): boolean {
  return method === 'OPTIONS' && corsPreflightEnabled === true;
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** CORS has a route of its own for all preflights that no other route serves, which the mount hides. */
function answerUnserved(request: MountedRequest, reply: FastifyReply): unknown {
  return isPreflight(request) ? reply.send() : reply.callNotFound();
}

/** Nest puts the version of a route (`/v2`) before all the rest of its path, where the mount would not get the request. */
export function belowMount(path: string, mount: string): string {
  const start = path.indexOf(mount);
  return `${mount}${path.slice(0, start)}${path.slice(start + mount.length)}`;
}
