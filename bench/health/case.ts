/**
 * One server with clients in another process: `case.ts fastify|health|ready`. Prints the CPU time of the server for one request, in
 * microseconds. `fastify` is an empty route without Nest; the other two have a host with 50 plugins, each with a health check.
 */
import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthCheck, Plugin, PluginHostModule } from '../../dist/index.js';
import { measureRequests } from '../support/load-of.ts';

const PLUGINS = 50;

function checkedPlugin(index: number): Type<object> {
  const Checked = class {
    disk(): object {
      return { free: index };
    }
  };
  Object.defineProperty(Checked, 'name', { value: `Checked${index}` });
  const method = Object.getOwnPropertyDescriptor(Checked.prototype, 'disk') as PropertyDescriptor;
  HealthCheck('disk')(Checked.prototype, 'disk', method);
  Plugin({ name: `checked-${index}`, version: '1.0.0' })(Checked);
  return Checked;
}

async function nestServer(): Promise<NestFastifyApplication> {
  const plugins = Array.from({ length: PLUGINS }, (_, index) => checkedPlugin(index));
  const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } };
  class Root {}
  Module({ imports: [await PluginHostModule.forRoot({ plugins, host })] })(Root);
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** @returns the address of the route, and what closes its server */
async function serve(kind: string): Promise<{ url: string; close: () => Promise<unknown> }> {
  if (kind !== 'fastify') {
    const app = await nestServer();
    return { url: `${await app.getUrl()}/health${kind === 'ready' ? '/ready' : ''}`, close: () => app.close() };
  }
  const fastify = new FastifyAdapter().getInstance();
  fastify.get('/', () => ({ status: 'ok' }));
  return { url: await fastify.listen({ port: 0, host: '127.0.0.1' }), close: () => fastify.close() };
}

const [, , kind = 'fastify'] = process.argv;
const { url, close } = await serve(kind);
const cpuUs = await measureRequests(url);
await close();
process.stdout.write(`${JSON.stringify({ cpuUs })}\n`);
process.exit(0);
