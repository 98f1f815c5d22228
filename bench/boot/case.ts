/** One boot: `node case.ts plain|plugins COUNT`. Prints the milliseconds from the creation of the application until it is initialized. */
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

/** Both applications carry the host, so that what differs is how the features come in: static modules, or plugins. */
async function definition(): Promise<DynamicModule> {
  const plugins = kind === 'plugins' ? features.map(asPlugin) : [];
  const host = await PluginHostModule.forRoot({ plugins, host: { telemetry: { logLevel: 'silent' } } });
  return { module: Root, imports: [host, ...(kind === 'plain' ? features.map(asModule) : [])] };
}

const root = await definition();
const startedMs = performance.now();
const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false, abortOnError: false });
await app.init();
await app.getHttpAdapter().getInstance().ready();
const bootMs = performance.now() - startedMs;
const ready = app
  .get(PluginHost)
  .plugins()
  .filter(({ isUp }) => isUp).length;
if (kind === 'plugins' && ready !== features.length) throw new Error(`Only ${ready} plugins became ready.`);
await app.close();
console.log(JSON.stringify({ bootMs }));
process.exit(0);
