/** Opens the store while the application is built, keeps it in order, and closes it last. */
import { resolve } from 'node:path';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Clock, SystemClock } from '../common/index.js';
import { EmbeddedStore } from './embedded/embedded-store.js';
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
import { StoreUpkeep } from './upkeep/store-upkeep.port.js';

@Module({})
export class StorageModule implements OnApplicationBootstrap, OnApplicationShutdown {
  /**
   * Global. Opens the store while the application is built. Uses the application's `Clock`, metrics `Registry`, `FaultPoints` and, instead
   * of the keys in the options, `RecordCodec` if they are provided.
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
          inject: [StoreUpkeep, { token: Clock, optional: true }],
          useFactory: (upkeep: StoreUpkeep, clock = new SystemClock()) => new StoreVerification(upkeep, clock),
        },
        {
          provide: SpaceProbe,
          inject: [StoreUpkeep, StoreStatus, { token: Clock, optional: true }],
          useFactory: (upkeep: StoreUpkeep, status: StoreStatus, clock = new SystemClock()) =>
            new SpaceProbe(upkeep, clock, status),
        },
        {
          provide: StoreResealing,
          inject: [StoreUpkeep, StoreStatus, { token: Clock, optional: true }],
          useFactory: (upkeep: StoreUpkeep, status: StoreStatus, clock = new SystemClock()) =>
            new StoreResealing(upkeep, clock, status),
        },
        {
          provide: EmbeddedStore,
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
        { provide: Store, useExisting: EmbeddedStore },
        { provide: StoreUpkeep, useExisting: EmbeddedStore },
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

  /** The last hook of Nest: plugins have stopped by then. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.verification.stop(), this.resealing.stop(), this.probe.stop()]);
    await this.store.close();
  }
}
