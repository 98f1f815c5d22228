/** A bus on a clock that stands still, with the log of the plugins caught. */
import { Logger, type LoggerService } from '@nestjs/common';
import { Registry } from 'prom-client';
import { EventBus, EventsOptions, type Attachment } from '../../../src/events/index.js';
import type { FaultPoints, Store } from '../../../src/storage/index.js';
import { FakeClock } from '../../support/fake-clock.js';

export interface LogLine {
  readonly level: 'error' | 'warn';
  readonly message: string;
}

export class EventBench {
  readonly clock = new FakeClock();
  readonly registry = new Registry();
  readonly log: LogLine[] = [];
  readonly bus: EventBus;

  constructor(options: Partial<EventsOptions> = {}, store?: Store, faults?: FaultPoints) {
    Logger.overrideLogger(this.#catchingLogger());
    const { clock, registry } = this;
    this.bus = new EventBus({ options: Object.assign(new EventsOptions(), options), clock, registry, store, faults });
  }

  /** Attaches instances as the singletons of one plugin. */
  attach(plugin: string, ...instances: object[]): Attachment {
    return this.bus.attach(
      plugin,
      instances.map((instance) => ({ type: instance.constructor, instance })),
    );
  }

  #catchingLogger(): LoggerService {
    const ignore = (): void => undefined;
    return {
      log: ignore,
      debug: ignore,
      verbose: ignore,
      warn: (message: string) => void this.log.push({ level: 'warn', message }),
      error: (message: string) => void this.log.push({ level: 'error', message }),
    };
  }
}

/** A promise that is settled from outside. */
export class Gate {
  readonly #resolvers = Promise.withResolvers<void>();
  readonly passed = this.#resolvers.promise;

  open(): void {
    this.#resolvers.resolve();
  }
}
