/** One boot: `node case.ts bare|plain|plugins COUNT`. Prints the milliseconds from the first line of an application until it is ready. */
import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PluginHost, PluginHostModule } from '../../dist/index.js';
import { asModule, asPlugin, feature } from '../support/sample-plugin.ts';

const [kind = 'plain', count = '100'] = process.argv.slice(2);
const features = Array.from({ length: Number(count) }, (_, index) => feature(index));

class Root {}
Module({})(Root);

/**
 * `plugins` and `plain` both carry the host, so that what differs is how the features come in; `bare` is Nest and the features alone.
 */
async function definition(): Promise<DynamicModule> {
  const modules = kind === 'plugins' ? [] : features.map(asModule);
  if (kind === 'bare') return { module: Root, imports: modules };
  const plugins = kind === 'plugins' ? features.map(asPlugin) : [];
  const host = await PluginHostModule.forRoot({
    plugins,
    host: { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } },
  });
  return { module: Root, imports: [host, ...modules] };
}

const startedMs = performance.now();
const root = await definition();
const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false, abortOnError: false });
await app.init();
await app.getHttpAdapter().getInstance().ready();
const bootMs = performance.now() - startedMs;
if (kind === 'plugins') {
  const ready = app
    .get(PluginHost)
    .plugins()
    .filter(({ isUp }) => isUp).length;
  if (ready !== features.length) throw new Error(`Only ${ready} plugins became ready.`);
}
await app.close();
console.log(JSON.stringify({ bootMs }));
process.exit(0);
