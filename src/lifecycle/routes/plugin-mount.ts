/**
 * The place of one plugin in the HTTP server: fixed when the application starts, because Fastify takes no routes later; what is behind
 * it comes and goes with the plugin.
 */
import { RequestMethod } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { Clock } from '../../common/index.js';
import { correlationIdOf, runInContext } from '../../telemetry/index.js';
import { PluginRouteConflictError } from '../lifecycle.errors.js';
import type { ResolvedRoute } from '../nest-internals.js';
import { OpenRequests } from './open-requests.js';

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;
type Table = ReturnType<typeof findMyWay>;

/** `ALL` of Nest stands for these; OPTIONS stays with the server, whose CORS support answers it. */
const ALL_METHODS: readonly HTTPMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What clients are told to wait before they ask again, in seconds. */
const RETRY_AFTER_SECONDS = 1;

export class PluginMount {
  #table: Table | undefined;
  readonly #requests: OpenRequests;

  constructor(
    readonly plugin: string,
    clock: Clock,
    private readonly stateOfPlugin: () => string,
  ) {
    this.#requests = new OpenRequests(clock);
  }

  /** How many requests the plugin is working on. */
  get openRequests(): number {
    return this.#requests.count;
  }

  /** @throws PluginRouteConflictError if two of the routes are the same */
  open(routes: readonly ResolvedRoute[]): void {
    const table = findMyWay();
    for (const route of routes) {
      try {
        table.on(methodsOf(route.method), route.path, () => undefined, route.handler);
      } catch (error) {
        throw new PluginRouteConflictError(this.plugin, `${RequestMethod[route.method]} ${route.path}`, error);
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
  handle(request: FastifyRequest, reply: FastifyReply): unknown {
    if (!this.#table) return this.#answerUnavailable(reply);
    const [path = '/'] = request.url.split('?', 1);
    const match = find(this.#table, request.method, path);
    if (!match) return reply.callNotFound();
    request.params = match.params;
    this.#requests.track(reply.raw);
    const handler = match.store as Handler;
    return runInContext({ plugin: this.plugin, correlationId: correlationIdOf(request) }, () => handler(request, reply));
  }

  #answerUnavailable(reply: FastifyReply): FastifyReply {
    return reply
      .code(503)
      .header('retry-after', String(RETRY_AFTER_SECONDS))
      .send({ statusCode: 503, error: 'Service Unavailable', message: `Plugin "${this.plugin}" is ${this.stateOfPlugin()}.` });
  }
}

function find(table: Table, method: string, path: string): ReturnType<Table['find']> {
  // Any method name is looked up; one that no route has is simply not found.
  const match = table.find(method as HTTPMethod, path);
  return match ?? (method === 'HEAD' ? table.find('GET', path) : null);
}

function methodsOf(method: RequestMethod): HTTPMethod[] {
  // The names of Nest's methods are those of HTTP, `ALL` aside.
  return method === RequestMethod.ALL ? [...ALL_METHODS] : [RequestMethod[method] as HTTPMethod];
}
