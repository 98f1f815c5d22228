/** One route of a plugin, and how it shows itself to the code that serves it: as Fastify would show a route of its own. */
import { RequestMethod, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HTTPMethod } from 'find-my-way';
import type { ResolvedRoute, RoutePlace } from '../../nest/index.js';
import { readAcceptedBodies } from '../bodies/accepts-body.metadata.js';
import { BodyPolicy } from '../bodies/body-policy.js';
import type { BodyOptions } from '../bodies/body.options.js';
import { type DocumentedAnswer, readDocumentedAnswer } from './documented-route.metadata.js';
import { readRouteOptions } from './route-options.metadata.js';
import { RouteSchema, type SchemaCompilers } from './route-schema.js';
import { PluginRouteSchemaError } from '../http.errors.js';

export type RouteOptions = FastifyRequest['routeOptions'];

/** The parameter that may be empty: what stands for `*` in a path. */
const WILDCARD = '*';

type SetSerializer = (serializer: ((payload: unknown) => string) | null) => void;

/** Replies of routes with schemas of answers, until their handler sets a serializer of its own. */
const SETTERS = new WeakMap<FastifyReply, SetSerializer>();

export interface MountedRouteDetails {
  readonly plugin: string;
  readonly url: string;
  /** What `ALL` of Nest stands for. */
  readonly allMethods: readonly HTTPMethod[];
  /** Limits of bodies for a route that sets no limits itself. */
  readonly bodies: BodyOptions;
}

/** One route as the API document needs to know it. */
export interface DocumentedRoute extends DocumentedAnswer {
  /** With the path of its mount: `/api/recordings/:id`. */
  readonly url: string;
  readonly methods: readonly string[];
  /** The method of the controller. */
  readonly methodName: string;
}

/** The version of a route that is not in its path: Nest's version filter leaves it at the handler. */
type VersionedHandler = ResolvedRoute['handler'] & { readonly version?: unknown };

export class MountedRoute {
  readonly url: string;
  readonly methods: readonly HTTPMethod[];
  /** Name of the constraint to the value that requests must have. */
  readonly constraints: Readonly<Record<string, unknown>>;
  readonly place: RoutePlace;
  readonly bodies: BodyPolicy;
  /** True if it answers with server-sent events. */
  readonly isEventStream: boolean;
  /** The module of its controller. */
  readonly moduleClass: Type<object> | undefined;
  readonly #handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
  readonly #config: object | undefined;
  readonly #recordedSchema: object | undefined;
  readonly #hasParams: boolean;
  readonly #answer: () => DocumentedAnswer;
  readonly #methodName: string;
  #schema: RouteSchema | undefined;

  constructor(
    { plugin, url, allMethods, bodies }: MountedRouteDetails,
    { method, handler, targetCallback, instanceWrapper, methodName }: ResolvedRoute,
  ) {
    const { config, constraints, schema, isEventStream } = readRouteOptions(targetCallback);
    const { version } = handler as VersionedHandler;
    this.url = url;
    // Nest's names of methods are those of HTTP, except `ALL`.
    this.methods = method === RequestMethod.ALL ? allMethods : [RequestMethod[method] as HTTPMethod];
    this.constraints = { ...constraints, ...(version !== undefined && version !== VERSION_NEUTRAL && { version }) };
    this.place = { plugin, where: `${instanceWrapper.name}.${methodName} (${RequestMethod[method]} ${url})` };
    this.bodies = new BodyPolicy(readAcceptedBodies(targetCallback), bodies);
    this.isEventStream = isEventStream;
    this.#handler = handler as (request: FastifyRequest, reply: FastifyReply) => unknown;
    this.moduleClass = instanceWrapper.host?.metatype as Type<object> | undefined;
    this.#config = config;
    this.#recordedSchema = schema;
    this.#hasParams = url.includes(':');
    this.#methodName = methodName;
    // Read when the document is asked for: a start must not wait for it.
    this.#answer = () => readDocumentedAnswer(method, targetCallback, instanceWrapper.metatype ?? {}, methodName);
  }

  /** What the API document says of it beyond the decorators of `@nestjs/swagger`. */
  documented(): DocumentedRoute {
    return { url: this.url, methods: this.methods, methodName: this.#methodName, ...this.#answer() };
  }

  /** @throws PluginRouteSchemaError if its schema cannot be compiled */
  compile(compilers: SchemaCompilers, known: WeakMap<object, RouteSchema>): void {
    const recorded = this.#recordedSchema;
    if (!recorded) return;
    try {
      // The compilers keep what they have compiled, so that each start must not give them something new.
      this.#schema =
        known.get(recorded) ?? new RouteSchema(recorded, { method: this.methods.join(), url: this.url }, compilers);
      known.set(recorded, this.#schema);
    } catch (error) {
      throw new PluginRouteSchemaError(this.place, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** Nest takes an empty segment for no parameter, where find-my-way takes it for an empty one. */
  accepts(params: Readonly<Record<string, string | undefined>>): boolean {
    if (!this.#hasParams) return true;
    for (const name in params) if (params[name] === '' && name !== WILDCARD) return false;
    return true;
  }

  handle(request: FastifyRequest, reply: FastifyReply): unknown {
    if (!this.#schema) return this.#handler(request, reply);
    if (this.#schema.hasSerializers) noteOwnSerializer(reply);
    const problem = this.#schema.problemOf(request);
    if (problem instanceof Promise)
      return problem.then((found) => (found ? reply.send(found) : this.#handler(request, reply)));
    return problem ? reply.send(problem) : this.#handler(request, reply);
  }

  /** Has an answer written as its schema says. To be called when its status and type are known. */
  serialize(reply: FastifyReply): void {
    const set = SETTERS.get(reply);
    const serializer = set && this.#schema?.serializerFor(reply);
    if (!serializer) return;
    set((payload) => {
      // For this answer alone: when it cannot be written, the error that is sent instead has another status.
      set(null);
      return serializer(payload);
    });
  }

  /** What `request.routeOptions` is in a route of the application, made from that of the mount. */
  options(mount: RouteOptions, requestMethod: string): RouteOptions {
    const [only, ...others] = this.methods;
    // Fastify answers HEAD with a route of its own for each GET.
    const isHead = requestMethod === 'HEAD' && only === 'GET' && others.length === 0;
    const method = isHead ? 'HEAD' : others.length > 0 ? [...this.methods] : only;
    const config = { ...this.#config, url: this.url, method };
    return { ...mount, url: this.url, method, config, schema: this.#recordedSchema } as RouteOptions;
  }
}

/** A serializer that a handler sets with `reply.serializer()` goes before its schema; Fastify has no public way to see that it was set. */
function noteOwnSerializer(reply: FastifyReply): void {
  // Its type does not know that null takes a serializer away.
  const set = reply.serializer.bind(reply) as unknown as SetSerializer;
  SETTERS.set(reply, set);
  reply.serializer = (serializer) => {
    SETTERS.delete(reply);
    set(serializer);
    return reply;
  };
}
