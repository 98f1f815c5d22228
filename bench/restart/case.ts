/**
 * Restarts a plugin again and again while requests come in over HTTP, or disables and enables it: `node --expose-gc case.ts COUNT
 * [toggle]`. Prints the milliseconds of one such round and how the heap has grown since a warm-up.
 */
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { OnEvent, PluginHost, PluginHostModule } from '../../dist/index.js';
import { asPlugin, feature } from '../support/sample-plugin.ts';

const count = Number(process.argv[2] ?? 1_000);
const isToggled = process.argv[3] === 'toggle';
const [restarted, dependent] = [feature(0), feature(1)];
const [first] = restarted.providers;
if (!first) throw new Error('The sample has no provider.');
// A subscription, so that a restart has handlers to detach and to attach.
Object.defineProperty(first.prototype, 'hear', { value: () => undefined, configurable: true, writable: true });
OnEvent('nothing.happened')(
  first.prototype,
  'hear',
  Object.getOwnPropertyDescriptor(first.prototype, 'hear') as PropertyDescriptor,
);

class Root {}
const dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-bench-'));
const plugins = [asPlugin(restarted), asPlugin(dependent)];
Module({
  imports: [
    await PluginHostModule.forRoot({
      plugins,
      dataDirectory,
      host: { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } },
    }),
  ],
})(Root);
const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false, abortOnError: false });
await app.listen(0, '127.0.0.1');
const host = app.get(PluginHost);
const url = await app.getUrl();

const collect = globalThis.gc;
if (!collect) throw new Error('Run with --expose-gc.');
async function heapBytes(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    collect?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return process.memoryUsage().heapUsed;
}

const over = new AbortController();
let answers = 0;
const traffic = (async () => {
  while (!over.signal.aborted) {
    for (const path of [`/api/${restarted.name}/${restarted.name}`, `/api/${dependent.name}/${dependent.name}`]) {
      const { status } = await fetch(`${url}${path}`);
      if (status !== 200 && status !== 503) throw new Error(`${path} was answered with ${status}.`);
      answers++;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
})();

/** What would pile up if a restart left something behind; connections, timers and turns aside, whose number is up to the traffic. */
function kept(): Record<string, number> {
  const passing = new Set(['Timeout', 'Immediate']);
  const others = process.getActiveResourcesInfo().filter((kind) => !passing.has(kind) && !kind.includes('Wrap')).length;
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return {
    resources: others,
    listeners,
    modules: app.get(ModulesContainer).size,
    metrics: app.get(Registry).getMetricsAsArray().length,
  };
}

let busyMs = 0;
async function restart(times: number): Promise<void> {
  for (let index = 0; index < times; index++) {
    const startedMs = performance.now();
    if (isToggled) {
      await host.disable(restarted.name);
      await host.enable(restarted.name);
    } else {
      await host.restart(restarted.name);
    }
    busyMs += performance.now() - startedMs;
    if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

// Until the optimizing compiler and the connections have what they keep.
await restart(2_000);
const before = await heapBytes();
const keptBefore = kept();
busyMs = 0;
await restart(count);
const after = await heapBytes();
const keptAfter = kept();
over.abort();
await traffic;
await app.close();
await rm(dataDirectory, { recursive: true });
console.log(
  JSON.stringify({ restartMs: busyMs / count, grownBytes: after - before, count, answers, keptBefore, keptAfter }),
);
process.exit(0);
