/** A start and a stop of plugins in layers of ten, each on all ten below: `node layers-case.ts <plugins>`. Prints the CPU time that both took. */
import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Plugin, PluginHostModule } from '../../dist/index.js';

const WIDTH = 10;
const count = Number(process.argv[2]);

function layered(index: number): Type<object> {
  const below = (Math.floor(index / WIDTH) - 1) * WIDTH;
  const names = below < 0 ? [] : Array.from({ length: WIDTH }, (_, step) => `node-${below + step}`);
  const Layered = class {};
  Plugin({
    name: `node-${index}`,
    version: '1.0.0',
    dependencies: Object.fromEntries(names.map((name) => [name, '^1.0.0'])),
  })(Layered);
  return Layered;
}

class Root {}
const host = await PluginHostModule.forRoot({
  plugins: Array.from({ length: count }, (_, index) => layered(index)),
  host: { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } },
});
Module({ imports: [host] })(Root);
const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false, abortOnError: false });
const before = process.cpuUsage();
await app.init();
const started = process.cpuUsage(before);
await app.close();
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, startMs: (started.user + started.system) / 1_000 }));
process.exit(0);
