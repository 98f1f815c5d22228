/** One side of the dispatch benchmark in a process of its own: `case.ts <side> <handlers> <plugins>`. Prints nanoseconds for one event. */
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent as OnEmitted } from '@nestjs/event-emitter';
import { Registry } from 'prom-client';
import { EventBus, EventsModule, OnEvent } from '../../dist/events/index.js';
import { EVENT_NAME, handled, handlerClasses, OrderCreated, otherHandlers, ValidatedOrderCreated } from './workload.ts';

const WARM_UP_MS = 400;
const MEASURE_MS = 700;

type Publish = () => Promise<unknown>;

/** The peer: `emitAsync`, wildcards on, handlers registered with its own decorator. */
async function eventEmitter(handlers: number): Promise<Publish> {
  const listeners = [...handlerClasses(handlers, OnEmitted(EVENT_NAME)), otherHandlers((name) => OnEmitted(name))];
  for (const listener of listeners) Injectable()(listener);
  const app = await start([EventEmitterModule.forRoot({ wildcard: true, maxListeners: 0 })], listeners);
  const emitter = app.get(EventEmitter2);
  const event = new OrderCreated();
  return () => emitter.emitAsync(EVENT_NAME, event);
}

/** Everything on: id, context, metrics, isolation, deadline, the bridge to an emitter with wildcards. */
async function panotti(handlers: number, plugins: number, eventClass: typeof OrderCreated): Promise<Publish> {
  const metrics = class {};
  Module({ providers: [{ provide: Registry, useValue: new Registry() }], exports: [Registry] })(metrics);
  const app = await start(
    [EventEmitterModule.forRoot({ wildcard: true }), { module: metrics, global: true }, EventsModule.forRoot()],
    [],
  );
  const bus = app.get(EventBus);
  const classes = handlerClasses(handlers, OnEvent(eventClass));
  const others = otherHandlers((name) => OnEvent(name));
  bus.attach('others', [{ type: others, instance: new others() }]);
  for (let plugin = 0; plugin < plugins; plugin++) {
    const own = classes.filter((_, index) => index % plugins === plugin);
    bus.attach(
      `plugin-${plugin}`,
      own.map((type) => ({ type, instance: new type() })),
    );
  }
  const events = bus.publisherFor({ name: 'publisher', emits: [eventClass] });
  const event = new eventClass();
  return () => events.publishAndWait(event);
}

async function start(imports: NonNullable<Parameters<typeof Module>[0]['imports']>, providers: (new () => object)[]) {
  const Root = class {};
  Module({ imports, providers })(Root);
  return NestFactory.createApplicationContext(Root, { logger: false });
}

/** The median of many batches: a batch with a garbage collection in it counts no more than another one. */
async function measure(publish: Publish, perBatch: number): Promise<number> {
  let published = 0;
  const batch = async (): Promise<number> => {
    const startedNs = process.hrtime.bigint();
    for (let event = 0; event < perBatch; event++) await publish();
    published += perBatch;
    return Number(process.hrtime.bigint() - startedNs) / perBatch;
  };
  for (const until = performance.now() + WARM_UP_MS; performance.now() < until;) await batch();
  const times: number[] = [];
  for (const until = performance.now() + MEASURE_MS; performance.now() < until;) times.push(await batch());
  if (handled.count !== published * Number(handlers))
    throw new Error(`${handled.count} deliveries of ${published} events.`);
  return times.sort((a, b) => a - b)[times.length >> 1] ?? NaN;
}

const [, , side, handlers = '1', plugins = '1'] = process.argv;
const publish =
  side === 'event-emitter'
    ? await eventEmitter(Number(handlers))
    : await panotti(Number(handlers), Number(plugins), side === 'validated' ? ValidatedOrderCreated : OrderCreated);
process.stdout.write(`${JSON.stringify({ ns: await measure(publish, Number(handlers) >= 100 ? 50 : 200) })}\n`);
process.exit(0);
