/**
 * Knows the decorators whose packages search the whole application for them, by the keys under which these packages keep their metadata.
 * The packages are not dependencies of this one: the keys are those of @nestjs/websockets 12.1, microservices 12.1, schedule 12.0, cqrs 12.0,
 * bullmq 12.0, bull 12.0 and graphql 14.0.
 */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { decoratedMethods, type DecoratedMethod } from '../plugin/index.js';
import type { ForeignDecorator } from './plugin-explorer.port.js';

/** A decorator in use; `method` is `undefined` for one of the class. */
export interface DecoratorUse {
  readonly decorator: ForeignDecorator;
  readonly method: string | undefined;
}

interface KnownDecorator extends ForeignDecorator {
  readonly key: string;
}

const of = (name: string, decorators: Readonly<Record<string, string>>): KnownDecorator[] =>
  Object.entries(decorators).map(([decorator, key]) => ({ package: name, name: decorator, key }));

const ON_CLASSES: readonly KnownDecorator[] = [
  ...of('@nestjs/websockets', { '@WebSocketGateway': 'websockets:is_gateway' }),
  ...of('@nestjs/cqrs', {
    '@CommandHandler': '__commandHandler__',
    '@QueryHandler': '__queryHandler__',
    '@EventsHandler': '__eventsHandler__',
  }),
  ...of('@nestjs/bullmq', {
    '@Processor': 'bullmq:processor_metadata',
    '@QueueEventsListener': 'bullmq:queue_events_listener_metadata',
  }),
  ...of('@nestjs/bull', { '@Processor': 'bull:module_queue' }),
  ...of('@nestjs/graphql', { '@Resolver': 'graphql:resolver_type', '@Scalar': 'graphql:scalar_name' }),
];

const scheduleKey = (kind: string): string => `SCHEDULE_${kind}_OPTIONS`;

const ON_METHODS: readonly KnownDecorator[] = [
  ...of('@nestjs/schedule', {
    '@Cron': scheduleKey('CRON'),
    '@Interval': scheduleKey('INTERVAL'),
    '@Timeout': scheduleKey('TIMEOUT'),
  }),
  ...of('@nestjs/bullmq', {
    '@OnWorkerEvent': 'bullmq:worker_events_metadata',
    '@OnQueueEvent': 'bullmq:queue_events_metadata',
  }),
  ...of('@nestjs/bull', { '@Process': 'bull:module_queue_process', '@OnQueueEvent': 'bull:module_on_queue_event' }),
];

const MICROSERVICES = '@nestjs/microservices';
const PATTERN = 'microservices:pattern';
const PATTERN_HANDLER = 'microservices:handler_type';
/** `PatternHandler.EVENT`; `@MessagePattern`, `@GrpcMethod` and the streams of gRPC are all of the other kind. */
const EVENT_HANDLER = 2;

/** A list of names on the class, one for each `@Saga` in it. */
const SAGAS = '__saga__';

/** The foreign decorators of a class and of the classes that it extends, in the order of the tables above. */
export function foreignDecoratorsOf(type: Type<object>): DecoratorUse[] {
  return [...usesOnClass(type), ...usesOnMethods(decoratedMethods(type.prototype))];
}

function usesOnClass(type: Type<object>): DecoratorUse[] {
  // Asked for once, and not key by key: each question is a walk along the prototypes, and most classes have nothing that matters.
  const keys = new Set<unknown>(Reflect.getMetadataKeys(type));
  // Presence counts, not the value: `@Resolver()` without a name stores `undefined`.
  const uses = ON_CLASSES.filter(({ key }) => keys.has(key)).map((decorator) => use(decorator, undefined));
  return keys.has(SAGAS) ? [...uses, ...sagasOf(type)] : uses;
}

function usesOnMethods(methods: readonly DecoratedMethod[]): DecoratorUse[] {
  if (methods.length === 0) return [];
  return [...ON_METHODS.flatMap((decorator) => methodsWith(methods, decorator)), ...patternsOf(methods)];
}

function methodsWith(methods: readonly DecoratedMethod[], decorator: KnownDecorator): DecoratorUse[] {
  return methods
    .filter(([, method]) => Reflect.hasMetadata(decorator.key, method))
    .map(([name]) => use(decorator, String(name)));
}

function patternsOf(methods: readonly DecoratedMethod[]): DecoratorUse[] {
  const handlers = methods.filter(([, method]) => Reflect.hasMetadata(PATTERN, method));
  return handlers.map(([name, method]) => {
    const isEvent = Reflect.getMetadata(PATTERN_HANDLER, method) === EVENT_HANDLER;
    return use({ package: MICROSERVICES, name: isEvent ? '@EventPattern' : '@MessagePattern' }, String(name));
  });
}

function sagasOf(type: Type<object>): DecoratorUse[] {
  const names: unknown = Reflect.getMetadata(SAGAS, type);
  return Array.isArray(names) ? names.map((name) => use({ package: '@nestjs/cqrs', name: '@Saga' }, String(name))) : [];
}

function use({ package: from, name }: ForeignDecorator, method: string | undefined): DecoratorUse {
  return { decorator: { package: from, name }, method };
}
