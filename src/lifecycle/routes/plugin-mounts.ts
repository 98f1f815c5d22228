/** Gives every plugin its place under `/<prefix>/<plugin>` of the Fastify server, behind one route. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from 'find-my-way';
import { Clock } from '../../common/index.js';
import { HttpOptions } from './http.options.js';
import { FastifyRequiredError } from '../lifecycle.errors.js';
import type { RouteOptions } from './mounted-route.js';
import { type MountedRequest, PluginMount, ROUTE } from './plugin-mount.js';

/** Bodies of these types reach the handler as a stream: they may be larger than memory. The plugin limits their size. */
const STREAMED_BODIES = /^(?:(?:audio|video|image)\/|application\/octet-stream)/;

@Injectable()
export class PluginMounts {
  readonly #mounts = new Map<string, PluginMount>();

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: HttpOptions,
    private readonly clock: Clock,
  ) {}

  /** The path of a plugin's mount: `/api/recordings`. */
  pathOf(plugin: string): string {
    return `/${this.options.prefix}/${plugin}`;
  }

  /** The mount of a plugin; `undefined` where the application has no HTTP server. */
  get(plugin: string): PluginMount | undefined {
    return this.#mounts.get(plugin);
  }

  /**
   * Registers the one route below which all plugins are served; to be called once, before the server is ready. It lives in a Fastify
   * context of its own, so that the content types accepted there do not reach the rest of the application, whose own routes go before it.
   *
   * @throws FastifyRequiredError when the application has another HTTP server
   */
  install(plugins: Iterable<{ readonly name: string; readonly state: () => string }>): void {
    // Without an HTTP server Nest provides a host without an adapter, though its type says otherwise.
    const adapter = this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter || adapter.getType() === '') return;
    if (adapter.getType() !== 'fastify') throw new FastifyRequiredError(adapter.getType());
    const fastify: FastifyInstance = adapter.getInstance();
    // Constraints are objects of the server's own router, which a second one cannot share.
    const { constraints: _constraints, ...routerOptions }: Config<never> = fastify.initialConfig.routerOptions ?? {};
    for (const { name, state } of plugins) {
      const details = { plugin: name, path: this.pathOf(name), routerOptions, clock: this.clock, stateOfPlugin: state };
      this.#mounts.set(name, new PluginMount(details));
    }
    void fastify.register((scope, _options, done) => {
      scope.addContentTypeParser(STREAMED_BODIES, (_request, payload, parsed) => parsed(null, payload));
      showRoutes(scope);
      // OPTIONS is left to the server: @fastify/cors owns it once CORS is enabled.
      const method = scope.supportedMethods.filter((name) => name !== 'OPTIONS');
      const handler = (request: FastifyRequest, reply: FastifyReply): unknown => {
        const mount = this.#mounts.get((request.params as { plugin: string }).plugin);
        // `showRoutes` has declared what makes it one.
        return mount ? mount.handle(request as MountedRequest, reply) : reply.callNotFound();
      };
      for (const url of [this.pathOf(':plugin'), this.pathOf(':plugin/*')]) scope.route({ url, method, handler });
      done();
    });
  }
}

/** Lets a plugin's code find its own route in `request.routeOptions`, with what `@RouteConfig` says, instead of the mount's. */
function showRoutes(scope: FastifyInstance): void {
  // Its type allows names only; any key of a property will do.
  scope.decorateRequest(ROUTE as unknown as string, undefined);
  scope.decorateRequest('routeOptions', {
    getter(this: FastifyRequest): RouteOptions {
      const options = mountOptions(this);
      return (this as MountedRequest)[ROUTE]?.options(options, this.method) ?? options;
    },
  });
}

/** Fastify's own getter, which the one of the scope hides: it is on the prototype of all requests. */
function mountOptions(request: FastifyRequest): RouteOptions {
  const scoped = Object.getPrototypeOf(request) as object;
  for (let level = Object.getPrototypeOf(scoped) as object | null; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    const own = Object.getOwnPropertyDescriptor(level, 'routeOptions')?.get;
    if (own) return own.call(request) as RouteOptions;
  }
  throw new TypeError('Requests of this version of Fastify have no routeOptions.');
}
