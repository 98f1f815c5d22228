/** Wires the storage room into the application. */
import { resolve } from 'node:path';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Clock, SystemClock } from '../common/index.js';
import { FaultPoints } from './fault-points.port.js';
import { MemoryStore } from './memory/memory-store.js';
import { RecordCodec } from './sealing/record-codec.port.js';
import { recordCodecOf } from './sealing/record-keys.js';
import { SqliteStore } from './sqlite/sqlite-store.js';
import { SpaceProbe } from './upkeep/space-probe.js';
import { registerStorageMetrics } from './storage.metrics.js';
import type { StorageOptions } from './storage.options.js';
import { StoreResealing } from './upkeep/store-resealing.js';
import { StoreStatus } from './store-status.js';
import { StoreVerification } from './upkeep/store-verification.js';
import { Store } from './store.port.js';

@Module({})
export class StorageModule implements OnApplicationBootstrap, OnApplicationShutdown {
  /**
   * Global. Opens the store while the application is built. Uses the application's `Clock`, metrics `Registry`, `FaultPoints` and, in the
   * place of the keys in the options, `RecordCodec` where they are provided.
   *
   * @param dataDirectory absolute
   */
  static forRoot(options: StorageOptions, dataDirectory: string): DynamicModule {
    const optional = [Clock, Registry, RecordCodec, FaultPoints].map((token) => ({ token, optional: true }));
    return {
      module: StorageModule,
      global: true,
      providers: [
        StoreStatus,
        {
          provide: StoreVerification,
          inject: [Store, { token: Clock, optional: true }],
          useFactory: (store: Store, clock = new SystemClock()) => new StoreVerification(store, clock),
        },
        {
          provide: SpaceProbe,
          inject: [Store, StoreStatus, { token: Clock, optional: true }],
          useFactory: (store: Store, status: StoreStatus, clock = new SystemClock()) =>
            new SpaceProbe(store, clock, status),
        },
        {
          provide: StoreResealing,
          inject: [Store, StoreStatus, { token: Clock, optional: true }],
          useFactory: (store: Store, status: StoreStatus, clock = new SystemClock()) =>
            new StoreResealing(store, clock, status),
        },
        {
          provide: Store,
          inject: [StoreStatus, ...optional],
          useFactory: async (
            observer: StoreStatus,
            clock = new SystemClock(),
            registry?: Registry,
            codec: RecordCodec = recordCodecOf(options.encryption),
            faults?: FaultPoints,
          ) => {
            const path = resolve(dataDirectory, options.path);
            const store =
              options.driver === 'memory'
                ? new MemoryStore({ clock, observer })
                : await SqliteStore.open({ path, clock, observer, codec, ...(faults && { faults }) });
            if (registry) registerStorageMetrics(registry, observer, store);
            return store;
          },
        },
      ],
      exports: [Store, StoreStatus],
    };
  }

  constructor(
    private readonly store: Store,
    private readonly verification: StoreVerification,
    private readonly resealing: StoreResealing,
    private readonly probe: SpaceProbe,
  ) {}

  onApplicationBootstrap(): void {
    this.verification.start();
    this.resealing.start();
    this.probe.start();
  }

  /** The last of Nest's hooks: plugins have stopped by then. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.verification.stop(), this.resealing.stop(), this.probe.stop()]);
    await this.store.close();
  }
}
