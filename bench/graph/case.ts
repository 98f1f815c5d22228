/** One start of a graph of plugins that wait in `onModuleInit`: `node case.ts waiting|idle`. Prints how long it took and its critical path. */
import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Plugin, PluginHostModule } from '../../dist/index.js';

const isWaiting = process.argv[2] === 'waiting';

/** Twenty plugins in five layers of four; each waits 100 to 500 ms and depends on two of the layer below. */
const nodes = Array.from({ length: 20 }, (_, index) => {
  const layer = Math.floor(index / 4);
  const below = [0, 1].map((step) => (layer - 1) * 4 + ((index + step) % 4));
  return {
    name: `node-${index}`,
    waitMs: 100 + ((index * 97) % 401),
    dependencies: layer === 0 ? [] : below.map((other) => `node-${other}`),
  };
});

const finished = new Map<string, number>();
for (const { name, waitMs, dependencies } of nodes) {
  finished.set(name, waitMs + Math.max(0, ...dependencies.map((other) => finished.get(other) ?? 0)));
}

function plugin({ name, waitMs, dependencies }: (typeof nodes)[number]): Type<object> {
  const Waiting = class {
    async onModuleInit(): Promise<void> {
      if (isWaiting) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  };
  Plugin({ name, version: '1.0.0', dependencies: Object.fromEntries(dependencies.map((other) => [other, '^1.0.0'])) })(
    Waiting,
  );
  return Waiting;
}

class Root {}
const host = await PluginHostModule.forRoot({
  plugins: nodes.map(plugin),
  host: { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } },
});
Module({ imports: [host] })(Root);
const startedMs = performance.now();
const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false, abortOnError: false });
await app.init();
const bootMs = performance.now() - startedMs;
await app.close();
console.log(
  JSON.stringify({
    bootMs,
    criticalPathMs: Math.max(...finished.values()),
    serialMs: nodes.reduce((sum, { waitMs }) => sum + waitMs, 0),
  }),
);
process.exit(0);
