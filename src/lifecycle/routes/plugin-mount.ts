/**
 * The place of one plugin in the HTTP server: fixed when the application starts, because Fastify takes no routes later; what is behind
 * it comes and goes with the plugin.
 */
import { RequestMethod } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import findMyWay, { type Config, type HTTPMethod } from 'find-my-way';
import type { Clock } from '../../common/index.js';
import { activeContext, correlationIdOf, runInContext } from '../../telemetry/index.js';
import { PluginRouteConflictError } from '../lifecycle.errors.js';
import type { ResolvedRoute } from '../nest-internals.js';
import { MountedRoute } from './mounted-route.js';
import { OpenRequests } from './open-requests.js';

type Table = ReturnType<typeof findMyWay>;

/** What clients are told to wait before they ask again, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** Where a request keeps its route; the scope of the mounts declares it, so that setting it changes no request's shape. */
export const ROUTE = Symbol('panotti.route');

/** A request below the mounts. */
export interface MountedRequest extends FastifyRequest {
  [ROUTE]: MountedRoute | undefined;
}

export interface PluginMountDetails {
  readonly plugin: string;
  /** `/api/recordings`. */
  readonly path: string;
  /** How the server reads paths: upper case, slashes at the end. */
  readonly routerOptions: Config<never>;
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

  /** How many requests the plugin is working on. */
  get openRequests(): number {
    return this.#requests.count;
  }

  /** @throws PluginRouteConflictError if two of the routes are the same */
  open(routes: readonly ResolvedRoute[]): void {
    const table = findMyWay(this.#details.routerOptions);
    for (const resolved of routes) {
      const route = new MountedRoute(this.#below(resolved.path), resolved);
      try {
        table.on([...route.methods], route.url, () => undefined, route);
      } catch (error) {
        throw new PluginRouteConflictError(this.plugin, `${RequestMethod[resolved.method]} ${route.url}`, error);
      }
    }
    this.#table = table;
  }

  /** New requests get 503 from here on; those under way go on. */
  close(): void {
    this.#table = undefined;
  }

  /** @returns how many requests were cut off after `timeoutMs` */
  drain(timeoutMs: number): Promise<number> {
    return this.#requests.drain(timeoutMs);
  }

  /** Handles a request below the mount in the plugin's context. */
  handle(request: MountedRequest, reply: FastifyReply): unknown {
    if (!this.#table) return this.#answerUnavailable(reply);
    const match = find(this.#table, request.method, pathOf(request.url));
    const route = match?.store as MountedRoute | undefined;
    if (!match || !route?.accepts(match.params)) return reply.callNotFound();
    request.params = match.params;
    request[ROUTE] = route;
    this.#requests.track(reply.raw);
    // The tracking of requests has put the id into the context already, unless the application has none.
    const correlationId = activeContext()?.correlationId ?? correlationIdOf(request);
    return runInContext({ plugin: this.plugin, correlationId }, () => route.handler(request, reply));
  }

  /** Nest puts the version of a route (`/v2`) before all the rest of its path, where the mount would not get the request. */
  #below(path: string): string {
    const { path: mount } = this.#details;
    const start = path.indexOf(mount);
    return `${mount}${path.slice(0, start)}${path.slice(start + mount.length)}`;
  }

  #answerUnavailable(reply: FastifyReply): FastifyReply {
    return reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({ statusCode: 503, error: 'Service Unavailable', message: `Plugin "${this.plugin}" is ${this.#details.stateOfPlugin()}.` });
  }
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function find(table: Table, method: string, path: string): ReturnType<Table['find']> {
  // Any method name is looked up; one that no route has is simply not found.
  const match = table.find(method as HTTPMethod, path);
  return match ?? (method === 'HEAD' ? table.find('GET', path) : null);
}
