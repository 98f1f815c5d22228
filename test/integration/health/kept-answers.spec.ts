import { jest } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Clock } from '../../../src/common/index.js';
import {
  HealthCheck,
  HealthIndicators,
  HealthModule,
  HealthOptions,
  type PluginStatus,
  PluginStatusPort,
  type StoreState,
  StoreStatePort,
} from '../../../src/health/index.js';
import { FakeClock } from '../../support/fake-clock.js';

const READY = { version: '1.0.0', state: 'ready', isUp: true, isDisabled: false, isRequired: true, reason: undefined };

class HostInMemory extends PluginStatusPort {
  isStarted = true;
  draining = false;
  statuses: readonly PluginStatus[] = [{ name: 'shop', ...READY }];
  override hasStarted(): boolean {
    return this.isStarted;
  }
  override isDraining(): boolean {
    return this.draining;
  }
  override plugins(): readonly PluginStatus[] {
    return this.statuses;
  }
}

class StoreInMemory extends StoreStatePort {
  current: StoreState = { state: 'ready', damaged: 0, resealLeft: 0 };
  override store(): StoreState {
    return { ...this.current };
  }
}

class Checks {
  runs = 0;
  isWell = true;

  @HealthCheck('disk')
  disk(): boolean {
    this.runs++;
    return this.isWell;
  }
}

describe('health answers that are kept', () => {
  let app: NestFastifyApplication;
  let clock: FakeClock;
  let host: HostInMemory;
  let store: StoreInMemory;
  let indicators: HealthIndicators;
  let built: jest.SpiedFunction<HealthIndicators['resultsOf']>;

  beforeEach(() => start());
  afterEach(() => app.close());

  async function start(configure: (created: NestFastifyApplication) => void = () => undefined): Promise<void> {
    [clock, host, store] = [new FakeClock(), new HostInMemory(), new StoreInMemory()];
    @Global()
    @Module({
      providers: [
        { provide: Clock, useValue: clock },
        { provide: PluginStatusPort, useValue: host },
        { provide: StoreStatePort, useValue: store },
      ],
      exports: [Clock, PluginStatusPort, StoreStatePort],
    })
    class SurroundingModule {}
    @Module({ imports: [SurroundingModule, HealthModule.forRoot(new HealthOptions())] })
    class AppModule {}
    app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: false });
    configure(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    indicators = app.get(HealthIndicators);
    built = jest.spyOn(indicators, 'resultsOf');
  }

  async function startAgain(configure: (created: NestFastifyApplication) => void): Promise<void> {
    await app.close();
    await start(configure);
  }

  async function get(path = '/health'): Promise<{ status: number; body: string }> {
    const { statusCode, body } = await app.inject(path);
    return { status: statusCode, body };
  }

  /** Asks until an answer is kept: results of checks that are older than it do not count. */
  async function keep(path?: string): Promise<void> {
    await get(path);
    await get(path);
    built.mockClear();
  }

  it('are given again, byte by byte and header by header, without a look at a plugin', async () => {
    indicators.attach('shop', [new Checks()]);
    const first = await app.inject('/health');
    await get();
    built.mockClear();

    const second = await app.inject('/health');

    expect(second.body).toBe(first.body);
    expect(built).not.toHaveBeenCalled();
    const compared = ['content-type', 'cache-control', 'content-length'];
    expect(compared.map((name) => second.headers[name])).toEqual(compared.map((name) => first.headers[name]));
  });

  it.each<[what: string, change: () => void]>([
    ['the server drains', () => (host.draining = true)],
    ['the server starts again', () => (host.isStarted = false)],
    ['the store fails', () => (store.current = { ...store.current, state: 'failed' })],
    ['a required plugin fails', () => (host.statuses = [{ name: 'shop', ...READY, state: 'failed', isUp: false }])],
  ])('are dropped in the moment in which %s', async (_what, change) => {
    await keep();
    await keep('/health/ready');

    change();

    expect([(await get()).status, (await get('/health/ready')).status]).toEqual([503, 503]);
  });

  it('tell of a plugin that has come', async () => {
    await keep();

    host.statuses = [...host.statuses, { name: 'radio', ...READY }];

    expect((await get()).body).toContain('"radio"');
  });

  it('tell of checks that have come, and not of those that have gone', async () => {
    await keep();
    const attached = indicators.attach('shop', [new Checks()]);
    expect((await get()).body).toContain('"disk"');
    await keep();

    attached.close();

    expect((await get()).body).not.toContain('"disk"');
  });

  it('are kept no longer than the results of the checks in them', async () => {
    const checks = new Checks();
    indicators.attach('shop', [checks]);
    await keep();
    checks.isWell = false;
    expect((await get()).body).toContain('"status":"ok"');

    await clock.advance(1_000);

    expect(JSON.parse((await get()).body)).toMatchObject({ status: 'degraded' });
  });

  it('are not kept when they say that something is down', async () => {
    store.current = { ...store.current, state: 'full' };
    await keep();
    expect((await get()).status).toBe(503);

    store.current = { ...store.current, state: 'ready' };

    expect((await get()).status).toBe(200);
  });

  it.each<[what: string, configure: (created: NestFastifyApplication, ask: () => void) => void]>([
    ['guards', (created, ask) => created.useGlobalGuards({ canActivate: () => (ask(), true) })],
    [
      'interceptors',
      (created, ask) => created.useGlobalInterceptors({ intercept: (_, next) => (ask(), next.handle()) }),
    ],
  ])('leave each request to the %s that an application has for all routes', async (_what, configure) => {
    const ask = jest.fn();
    await startAgain((created) => configure(created, ask));
    await keep();
    ask.mockClear();

    await get();

    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('have the headers that hooks of the application set', async () => {
    await startAgain((created) => created.enableCors({ origin: 'https://shop.example' }));
    await keep();

    const { headers } = await app.inject('/health');

    expect(headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(built).not.toHaveBeenCalled();
  });
});
