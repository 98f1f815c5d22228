/** Gives every plugin its place under `/<prefix>/<plugin>` of the Fastify server. */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Clock } from '../../common/index.js';
import { HttpOptions } from './http.options.js';
import { FastifyRequiredError } from '../lifecycle.errors.js';
import { PluginMount } from './plugin-mount.js';

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
   * Registers one route per plugin; to be called once, before the server is ready. The routes live in a Fastify context of their own, so
   * that the content types accepted there do not reach the rest of the application.
   *
   * @throws FastifyRequiredError when the application has another HTTP server
   */
  install(plugins: Iterable<{ readonly name: string; readonly state: () => string }>): void {
    // Without an HTTP server Nest provides a host without an adapter, though its type says otherwise.
    const adapter = this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter || adapter.getType() === '') return;
    if (adapter.getType() !== 'fastify') throw new FastifyRequiredError(adapter.getType());
    const mounts = [...plugins].map(({ name, state }) => new PluginMount(name, this.clock, state));
    for (const mount of mounts) this.#mounts.set(mount.plugin, mount);
    const fastify: FastifyInstance = adapter.getInstance();
    void fastify.register((scope, _options, done) => {
      scope.addContentTypeParser(STREAMED_BODIES, (_request, payload, parsed) => parsed(null, payload));
      for (const mount of mounts) this.#route(scope, mount);
      done();
    });
  }

  #route(scope: FastifyInstance, mount: PluginMount): void {
    const path = this.pathOf(mount.plugin);
    // OPTIONS is left to the server: @fastify/cors owns it once CORS is enabled.
    const method = scope.supportedMethods.filter((name) => name !== 'OPTIONS');
    for (const url of [path, `${path}/*`]) scope.route({ url, method, handler: (request, reply) => mount.handle(request, reply) });
  }
}
