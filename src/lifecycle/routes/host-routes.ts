/** Keeps the host's own routes where `http.routes` says: out of the application's global prefix, and apart from its routes. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { NestInternals } from '../nest-internals.js';
import { type HostRouteName, HttpOptions } from './http.options.js';
import { HostRouteTakenError } from './routes.errors.js';

/** What is served at and below the path of each of the host's controllers. */
const BELOW: Partial<Record<HostRouteName, readonly string[]>> = {
  health: ['', '/live', '/ready', '/startup', '/plugins/:name'],
  metrics: [''],
};

@Injectable()
export class HostRoutes {
  constructor(
    private readonly options: HttpOptions,
    private readonly internals: NestInternals,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** To be called before the application registers its routes. */
  reserve(served: readonly HostRouteName[]): void {
    const owners = new Map<string, HostRouteName>();
    for (const name of served) for (const below of BELOW[name] ?? []) owners.set(`${this.options.routes[name]}${below}`, name);
    this.internals.keepOutOfGlobalPrefix([...owners.keys()]);
    // Without an HTTP server Nest provides a host without an adapter, though its type says otherwise.
    const adapter = this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (adapter?.getType() === 'fastify') this.#watchConflicts(adapter.getInstance(), owners);
  }

  /** Whichever of two equal routes comes second, the application's or the host's: Fastify's own error would name neither. */
  #watchConflicts(fastify: FastifyInstance, owners: ReadonlyMap<string, HostRouteName>): void {
    fastify.addHook('onRoute', function refuseSecond({ url, method, constraints }) {
      const owner = owners.get(url);
      if (owner === undefined) return;
      const taken = [method].flat().find((one) => one !== 'HEAD' && this.hasRoute({ url, method: one, constraints: constraints ?? {} }));
      if (taken !== undefined) throw new HostRouteTakenError(`${taken} ${url}`, owner);
    });
  }
}
