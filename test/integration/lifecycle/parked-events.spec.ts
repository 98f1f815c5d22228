import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { EventBus } from '../../../src/events/index.js';
import { EventContract, HealthCheck, OnEvent, Plugin, PluginEvents } from '../../../src/index.js';
import { hostApp, type HostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

@EventContract('shop.ordered', { version: 2 })
class Ordered {
  number = 1;
}

@EventContract('shop.ordered')
class OldOrdered {
  number!: number;
}

@EventContract('shop.ordered', { version: 2 })
class KnownOrdered {
  number!: number;
}

@Plugin({ name: 'shop', version: '1.0.0', emits: [Ordered] })
class Shop {
  constructor(readonly events: PluginEvents) {}
}

/** Whether its drawer opens, and what it got. */
const till = { isWell: true, billed: [] as unknown[] };

@Plugin({ name: 'till', version: '1.0.0' })
class Till {
  @HealthCheck('drawer')
  drawer(): unknown {
    if (!till.isWell) throw new Error('stuck');
    return undefined;
  }

  @OnEvent(OldOrdered, { delivery: 'durable', name: 'till.bill' })
  bill(event: object): void {
    till.billed.push(event);
  }
}

@Plugin({ name: 'till', version: '2.0.0' })
class NewTill {
  @OnEvent(KnownOrdered, { delivery: 'durable', name: 'till.bill' })
  bill(event: object): void {
    till.billed.push(event);
  }
}

async function started(store: string, ...plugins: Type<object>[]): Promise<HostApp> {
  const storage = { driver: 'sqlite', path: store };
  return hostApp(plugins, {
    host: { storage, telemetry: { logLevel: 'silent', watchdog: false }, health: { details: true } },
  });
}

describe('a plugin that is too old for events that wait for it', () => {
  beforeEach(() => {
    till.billed = [];
    till.isWell = true;
  });

  it('degrades a plugin that is too old for waiting events, says why, and makes it ready again when an operator has skipped them', async () => {
    await using test = await started('store.db', Shop, Till);
    const { app, host } = test;
    await app.get(Shop, { strict: false }).events.publish(new Ordered(), { id: 'order' });
    await waitFor(() => test.states()['till'] === 'degraded');

    const described = host.plugins().find(({ name }) => name === 'till');
    expect(described?.reason).toContain('"till.bill"');
    const answer = await app.inject('/health/plugins/till');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      details: { till: { status: 'degraded', reason: expect.stringContaining('panotti events parked') } },
    });

    expect(await app.get(EventBus).durable.parked.skip('till.bill', 'order')).toBe(true);
    expect(test.states()['till']).toBe('ready');
    expect(till.billed).toEqual([]);
  });

  it('degrades a plugin that is too old for waiting events after each restart, and names each reason', async () => {
    await using test = await started('store.db', Shop, Till);
    const { app, host } = test;
    await app.get(Shop, { strict: false }).events.publish(new Ordered(), { id: 'order' });
    await waitFor(() => test.states()['till'] === 'degraded');
    till.isWell = false;
    await app.inject('/health/plugins/till');
    const reason = (): string => host.plugins().find(({ name }) => name === 'till')?.reason ?? '';
    await waitFor(() => reason().includes('health check'));
    expect(reason()).toContain('"till.bill"');

    till.isWell = true;
    await host.restart('till');
    await waitFor(() => test.states()['till'] === 'degraded');
    expect(reason()).toContain('"till.bill"');
    expect(reason()).not.toContain('health check');
    await app.get(EventBus).durable.parked.skip('till.bill', 'order');
    expect(test.states()['till']).toBe('ready');
  });

  it('gets them once a version of it is installed that knows theirs', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-parked-'));
    const store = join(folder.path, 'store.db');
    {
      await using test = await started(store, Shop, Till);
      await test.app.get(Shop, { strict: false }).events.publish(new Ordered());
      await waitFor(() => test.states()['till'] === 'degraded');
    }
    await using test = await started(store, Shop, NewTill);
    await waitFor(() => till.billed.length === 1);
    expect(till.billed[0]).toBeInstanceOf(KnownOrdered);
    expect(test.states()['till']).toBe('ready');
  });
});
