/** Wires the events room into the application. */
import { Module, type BeforeApplicationShutdown, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Clock, SystemClock } from '../common/index.js';
import { FaultPoints, Store } from '../storage/index.js';
import { EventEmitterBridge } from './bridge/event-emitter-bridge.js';
import { EventBus } from './event-bus.js';
import { EventsOptions } from './events.options.js';

@Module({})
export class EventsModule implements OnModuleInit, BeforeApplicationShutdown {
  /**
   * Global. Uses the application's `Clock`, metrics `Registry` and `FaultPoints` where they are provided, and the
   * `EventEmitter2` of `@nestjs/event-emitter`.
   */
  static forRoot(options: EventsOptions = new EventsOptions()): DynamicModule {
    return {
      module: EventsModule,
      global: true,
      providers: [
        {
          provide: EventBus,
          inject: [
            { token: Clock, optional: true },
            { token: Registry, optional: true },
            { token: Store, optional: true },
            { token: FaultPoints, optional: true },
          ],
          useFactory: (clock?: Clock, registry?: Registry, store?: Store, faults?: FaultPoints) =>
            new EventBus({ options, clock: clock ?? new SystemClock(), registry, store, faults }),
        },
        EventEmitterBridge,
      ],
      exports: [EventBus],
    };
  }

  constructor(private readonly bus: EventBus) {}

  async onModuleInit(): Promise<void> {
    await this.bus.open();
  }

  /** Plugins have stopped, and the store closes afterwards. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.bus.close();
  }
}
