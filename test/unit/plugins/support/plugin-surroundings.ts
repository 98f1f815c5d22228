/** What the host would inject into a plugin, made by hand. */
import type { LoggerService } from '@nestjs/common';
import { PluginContext, type EventContext, type PluginEvents } from 'panotti';

/** Remembers what is published. */
export class PublishedEvents {
  readonly all: { readonly event: string; readonly [property: string]: unknown }[] = [];

  /** To be given where `PluginEvents` is injected; plugins use nothing of it but `publish`. */
  get publisher(): PluginEvents {
    const publish = async (event: object | string): Promise<void> => {
      if (typeof event === 'string') throw new TypeError('The shipped plugins publish instances of their classes.');
      this.all.push({ event: event.constructor.name, ...event });
    };
    return { publish, publishAndWait: () => Promise.reject(new Error('not used')) };
  }
}

export function pluginContext(dataDirectory: string, signal = new AbortController().signal): PluginContext {
  return new PluginContext({
    name: 'test',
    version: '1.0.0',
    attempt: 1,
    signal,
    openDataDirectory: () => dataDirectory,
  });
}

export function eventContext(signal = new AbortController().signal): EventContext {
  const logger: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };
  return {
    id: '1',
    name: 'test.done',
    version: 1,
    source: 'test',
    time: 0,
    correlationId: '1',
    causationId: undefined,
    traceparent: undefined,
    attempt: 1,
    idempotencyKey: 'test:1',
    signal,
    logger,
  };
}
