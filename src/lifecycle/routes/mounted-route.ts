/** One route of a plugin, and how it shows itself to the code that serves it: as Fastify would show a route of its own. */
import { RequestMethod } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HTTPMethod } from 'find-my-way';
import type { ResolvedRoute } from '../nest-internals.js';
import { readRouteConfig } from './route-config.metadata.js';

export type RouteOptions = FastifyRequest['routeOptions'];

/** `ALL` of Nest stands for these; OPTIONS stays with the server, whose CORS support answers it. */
const ALL_METHODS: readonly HTTPMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The parameter that may be empty: what stands for `*` in a path. */
const WILDCARD = '*';

export class MountedRoute {
  readonly methods: readonly HTTPMethod[];
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
  readonly #config: object | undefined;
  readonly #hasParams: boolean;

  constructor(
    readonly url: string,
    { method, handler, targetCallback }: ResolvedRoute,
  ) {
    // The names of Nest's methods are those of HTTP, `ALL` aside.
    this.methods = method === RequestMethod.ALL ? ALL_METHODS : [RequestMethod[method] as HTTPMethod];
    this.handler = handler as MountedRoute['handler'];
    this.#config = readRouteConfig(targetCallback);
    this.#hasParams = url.includes(':');
  }

  /** Nest takes an empty segment for no parameter, where find-my-way takes it for an empty one. */
  accepts(params: Readonly<Record<string, string | undefined>>): boolean {
    if (!this.#hasParams) return true;
    for (const name in params) if (params[name] === '' && name !== WILDCARD) return false;
    return true;
  }

  /** What `request.routeOptions` is in a route of the application, made from that of the mount. */
  options(mount: RouteOptions, requestMethod: string): RouteOptions {
    const [only, ...others] = this.methods;
    // Fastify answers HEAD with a route of its own for each GET.
    const isHead = requestMethod === 'HEAD' && only === 'GET' && others.length === 0;
    const method = isHead ? 'HEAD' : others.length > 0 ? [...this.methods] : only;
    const config = { ...this.#config, url: this.url, method };
    return { ...mount, url: this.url, method, config } as RouteOptions;
  }
}
