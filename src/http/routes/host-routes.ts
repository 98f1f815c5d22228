/** Keeps the host's own routes where `http.routes` says: out of the application's global prefix, and apart from its routes. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { NestInternals } from '../../nest/index.js';
import { completeErrors, methodNotAllowed } from './error-answers.js';
import { type HostRouteName, HttpOptions } from '../http.options.js';
import { hostProblem } from '../request-head.js';
import { HostRouteTakenError } from '../http.errors.js';

/** What is served at and below the path of each of the host's controllers, and of the page with its documents. */
const BELOW: Readonly<Record<HostRouteName, readonly string[]>> = {
  health: ['', '/live', '/ready', '/startup', '/plugins/:name'],
  metrics: [''],
  docs: ['', '/', '-json', '-yaml'],
};

@Injectable()
export class HostRoutes {
  constructor(
    private readonly options: HttpOptions,
    private readonly internals: NestInternals,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * To be called before the application registers its routes.
   *
   * @throws HostRouteTakenError for two routes of the host on one path
   */
  reserve(served: readonly HostRouteName[]): void {
    const owners = this.#owners(served);
    this.internals.keepOutOfGlobalPrefix([...owners.keys()]);
    // Without an HTTP server Nest provides a host without an adapter, though its type says otherwise.
    const adapter = this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (adapter?.getType() !== 'fastify') return;
    const fastify: FastifyInstance = adapter.getInstance();
    this.#watchConflicts(fastify, owners);
    refuseMethods(fastify, [...owners.keys()]);
  }

  /** Has a whole server, which is the process's own, answer errors in one way: to be called before it has routes. */
  guard(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', ({ raw }, _reply, next) => next(hostProblem(raw)));
    completeErrors(fastify);
    refuseMethods(fastify, this.#paths('docs'));
  }

  #owners(served: readonly HostRouteName[]): Map<string, HostRouteName> {
    const owners = new Map<string, HostRouteName>();
    for (const name of served) {
      for (const path of this.#paths(name)) {
        const other = owners.get(path);
        if (other !== undefined) throw new HostRouteTakenError(`GET ${path}`, other, name);
        owners.set(path, name);
      }
    }
    return owners;
  }

  #paths(name: HostRouteName): string[] {
    return BELOW[name].map((below) => `${this.options.routes[name]}${below}`);
  }

  /** Whichever of two equal routes comes second, the application's or the host's: Fastify's own error would name neither. */
  #watchConflicts(fastify: FastifyInstance, owners: ReadonlyMap<string, HostRouteName>): void {
    fastify.addHook('onRoute', function refuseSecond({ url, method, constraints }) {
      const owner = owners.get(url);
      if (owner === undefined) return;
      const taken = [method]
        .flat()
        .find((one) => one !== 'HEAD' && this.hasRoute({ url, method: one, constraints: constraints ?? {} }));
      if (taken !== undefined) throw new HostRouteTakenError(`${taken} ${url}`, owner);
    });
  }
}

/** Answers 405 instead of 404 if one of these paths is served with another method. Other routes of the application are left alone. */
function refuseMethods(fastify: FastifyInstance, paths: readonly string[]): void {
  const router = findMyWay({ ...fastify.initialConfig.routerOptions, constraints: {} });
  for (const path of paths) router.on('GET', path, () => undefined, path);
  fastify.addHook('onRequest', (request, reply, next) => {
    if (!request.is404) return next();
    const [path = ''] = request.url.split('?');
    const url = router.find('GET', path)?.store as string | null | undefined;
    if (typeof url !== 'string') return next();
    const allowed = fastify.supportedMethods.filter((method) =>
      fastify.hasRoute({ url, method: method as HTTPMethod }),
    );
    next(allowed.length > 0 ? methodNotAllowed(request.method, path, allowed, reply) : undefined);
  });
}
