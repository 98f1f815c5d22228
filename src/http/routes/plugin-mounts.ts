/** Gives every plugin its place under `/<prefix>/<plugin>` of the Fastify server, behind one route. */
import multipart from '@fastify/multipart';
import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config, HTTPMethod, HTTPVersion } from 'find-my-way';
import { Clock } from '../../common/index.js';
import { BodyDoor } from '../body-door.js';
import type { BodyOptions } from '../bodies/body.options.js';
import { HttpOptions } from '../http.options.js';
import { FastifyRequiredError } from '../http.errors.js';
import type { DocumentedRoute, RouteOptions } from './mounted-route.js';
import { type MountedRequest, MOUNT, PluginMount, ROUTE } from './plugin-mount.js';
import { hostProblem } from '../request-head.js';
import { RouteConstraints } from './route-constraints.js';
import type { RouteSchema, SchemaCompilers } from './route-schema.js';

/** A plugin as its mount needs to know it. */
export interface MountedPlugin {
  readonly name: string;
  readonly state: () => string;
}

/** What plugins serve now, as far as a description of it goes. */
export interface DocumentedMount {
  readonly plugin: string;
  readonly path: string;
  /** The modules that its controllers are in. */
  readonly modules: ReadonlySet<Type<object>>;
  readonly routes: readonly DocumentedRoute[];
}

@Injectable()
export class PluginMounts {
  readonly #mounts = new Map<string, PluginMount>();
  readonly #schemas = new WeakMap<object, RouteSchema>();
  #compilers: SchemaCompilers | undefined;
  #makeMount: ((plugin: MountedPlugin) => PluginMount) | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: HttpOptions,
    private readonly clock: Clock,
    private readonly application: ApplicationConfig,
    private readonly door: BodyDoor,
  ) {}

  /** The path of a plugin's mount: `/api/recordings`. */
  pathOf(plugin: string): string {
    return `/${this.options.prefix}/${plugin}`;
  }

  /** The mount of a plugin; `undefined` where the application has no HTTP server. */
  get(plugin: string): PluginMount | undefined {
    return this.#mounts.get(plugin);
  }

  /** For a plugin that came while the server runs. */
  add(plugin: MountedPlugin): void {
    const mount = this.#makeMount?.(plugin);
    if (mount) this.#mounts.set(plugin.name, mount);
  }

  /** For a plugin that is down and has gone: requests to it get 404 from here on. */
  remove(plugin: string): void {
    this.#mounts.delete(plugin);
  }

  /** Those of plugins that are open. */
  documented(): DocumentedMount[] {
    const mounts = [...this.#mounts.values()].map((mount) => ({
      plugin: mount.plugin,
      path: this.pathOf(mount.plugin),
      modules: mount.modules(),
      routes: mount.documented(),
    }));
    return mounts.filter(({ modules }) => modules.size > 0);
  }

  /**
   * Registers the one route below which all plugins are served; to be called once, before the server is ready. It lives in a Fastify
   * context of its own, so that the rules for bodies there do not reach the rest of the application, whose own routes go before it.
   *
   * @param onUnusable called with a plugin that was open before the server was ready, and whose schemas turn out to be wrong
   * @throws FastifyRequiredError when the application has another HTTP server
   */
  install(plugins: Iterable<MountedPlugin>, onUnusable: (plugin: string) => void): void {
    // Without an HTTP server Nest provides a host without an adapter, though its type says otherwise.
    const adapter = this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter || adapter.getType() === '') return;
    if (adapter.getType() !== 'fastify') throw new FastifyRequiredError(adapter.getType());
    const fastify: FastifyInstance = adapter.getInstance();
    addMethods(fastify);
    this.#makeMount = this.#mountMaker(fastify);
    for (const plugin of plugins) this.add(plugin);
    void fastify.register((scope, _options, done) => {
      // An application may have registered its own, whose functions for requests are as good.
      if (!scope.hasRequestDecorator('parts')) void scope.register(multipart);
      scope.after(() => this.door.install(scope));
      showRoutes(scope);
      scope.addHook('preSerialization', (request, reply, payload, next) => {
        (request as MountedRequest)[ROUTE]?.serialize(reply);
        next(null, payload);
      });
      scope.addHook('onRequest', (request, reply, next) => {
        const problem = hostProblem(request.raw);
        if (problem) return next(problem);
        // `showRoutes` has declared what makes it one.
        const mounted = request as MountedRequest;
        const mount = this.#mounts.get((request.params as { plugin: string }).plugin);
        mounted[MOUNT] = mount;
        if (mount?.receive(mounted, reply) === false) return;
        const route = mounted[ROUTE];
        next(mount && route && this.door.admit(request, reply, route.bodies, mount.trackBody));
      });
      const handler = (request: FastifyRequest, reply: FastifyReply): unknown => {
        const mounted = request as MountedRequest;
        return mounted[MOUNT] ? mounted[MOUNT].handle(mounted, reply) : reply.callNotFound();
      };
      const route = { method: scope.supportedMethods, handler };
      const isValidatorForeign = scope.validatorCompiler !== undefined;
      // Fastify makes its compilers for the first route with a schema. The application's own compiler is there, and may not know this schema.
      const schema = { response: {}, ...(!isValidatorForeign && { params: { type: 'object' } }) };
      scope.route({ ...route, url: this.pathOf(':plugin'), schema });
      scope.route({ ...route, url: this.pathOf(':plugin/*') });
      scope.addHook('onReady', (ready) => {
        this.#compile(scope, isValidatorForeign, onUnusable);
        ready();
      });
      done();
    });
  }

  #mountMaker(fastify: FastifyInstance): (plugin: MountedPlugin) => PluginMount {
    const { constraints = {}, ...routerOptions }: Config<HTTPVersion.V1> = fastify.initialConfig.routerOptions ?? {};
    const shared = {
      routerOptions,
      constraints: new RouteConstraints(constraints, () => this.application.getVersioning()),
      // Fastify's names and find-my-way's are those of Node.
      allMethods: fastify.supportedMethods as HTTPMethod[],
      bodies: this.#bodies(fastify),
      schemas: this.#schemas,
      compilers: () => this.#compilers,
      clock: this.clock,
    };
    return ({ name, state }) =>
      new PluginMount({ ...shared, plugin: name, path: this.pathOf(name), stateOfPlugin: state });
  }

  /** A limit that the application has given its server holds for plugins too. */
  #bodies({ initialConfig }: FastifyInstance): BodyOptions {
    const { bodies } = this.options;
    return { ...bodies, maxBytes: Math.min(bodies.maxBytes, initialConfig.bodyLimit ?? Infinity) };
  }

  #compile(scope: FastifyInstance, isValidatorForeign: boolean, onUnusable: (plugin: string) => void): void {
    const { validatorCompiler: validator, serializerCompiler: serializer } = scope;
    if (!validator || !serializer)
      throw new TypeError('This version of Fastify makes no compilers for a route with a schema.');
    this.#compilers = { validator, serializer, isValidatorForeign };
    for (const mount of this.#mounts.values()) {
      try {
        mount.compileSchemas();
      } catch {
        // The error comes again with the next start of the plugin, and is reported then.
        onUnusable(mount.plugin);
      }
    }
  }
}

/** Those that Nest has decorators for and Fastify does not know by itself: Nest adds each with the first route that has it. */
function addMethods(fastify: FastifyInstance): void {
  const methods = Object.values(RequestMethod).filter((name) => typeof name === 'string' && name !== 'ALL');
  for (const method of methods as string[]) {
    if (!fastify.supportedMethods.includes(method as HTTPMethod)) fastify.addHttpMethod(method, { hasBody: true });
  }
}

/** Lets a plugin's code find its own route in `request.routeOptions`, with what `@RouteConfig` says, instead of the mount's. */
function showRoutes(scope: FastifyInstance): void {
  // Its type allows names only; any key of a property will do.
  for (const key of [ROUTE, MOUNT]) scope.decorateRequest(key as unknown as string, undefined);
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
  for (
    let level = Object.getPrototypeOf(scoped) as object | null;
    level !== null;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    const own = Object.getOwnPropertyDescriptor(level, 'routeOptions')?.get;
    if (own) return own.call(request) as RouteOptions;
  }
  throw new TypeError('Requests of this version of Fastify have no routeOptions.');
}
