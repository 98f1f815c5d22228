import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Clock } from '../../../src/common/index.js';
import {
  HealthCheck,
  HealthIndicators,
  HealthModule,
  HealthOptions,
  PluginStatusPort,
  StoreStatePort,
  type PluginStatus,
  type StoreState,
} from '../../../src/health/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';

class HostInMemory extends PluginStatusPort {
  started = true;
  draining = false;
  statuses: PluginStatus[] = [];

  override hasStarted(): boolean {
    return this.started;
  }

  override isDraining(): boolean {
    return this.draining;
  }

  override plugins(): readonly PluginStatus[] {
    return this.statuses;
  }
}

class StoreInMemory extends StoreStatePort {
  state: StoreState['state'] = 'ready';

  override store(): StoreState {
    return { state: this.state, damaged: 2, resealLeft: 5 };
  }
}

const plugin = (name: string, changes: Partial<PluginStatus> = {}): PluginStatus => ({
  name,
  version: '1.0.0',
  state: 'ready',
  isUp: true,
  isDisabled: false,
  isRequired: false,
  reason: undefined,
  ...changes,
});
const SERVING = { panotti: { status: 'up', state: 'serving' }, 'panotti.store': { status: 'up', state: 'ready' } };
const failed = { state: 'failed', isUp: false, reason: 'did not start within 30 s' };

class Checks {
  behave: () => unknown = () => ({ size: 3 });

  @HealthCheck('model', { cacheMs: 0 })
  model(): unknown {
    return this.behave();
  }

  @HealthCheck('disk')
  disk(): void {}
}

describe('the health endpoints', () => {
  let app: NestFastifyApplication;
  let host: HostInMemory;
  let clock: FakeClock;
  let store: StoreInMemory;

  beforeEach(() => start());
  afterEach(() => app.close());

  async function start(options = new HealthOptions()): Promise<void> {
    host = new HostInMemory();
    clock = new FakeClock();
    store = new StoreInMemory();
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
    @Module({ imports: [SurroundingModule, HealthModule.forRoot(options)] })
    class AppModule {}
    app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  }

  /** As an operator sets `health.details`. */
  async function startWithDetails(): Promise<void> {
    await app.close();
    await start(Object.assign(new HealthOptions(), { details: true }));
  }

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await app.inject(path);
    return { status: response.statusCode, body: response.json() };
  }
  const statusOf = async (path: string): Promise<number> => (await get(path)).status;

  it('say live always, whatever else is wrong', async () => {
    host.started = false;
    host.draining = true;
    host.statuses = [plugin('shop', { ...failed, isRequired: true })];

    expect(await get('/health/live')).toEqual({
      status: 200,
      body: { status: 'ok', info: {}, error: {}, details: {} },
    });
  });

  it('say ready when the server has started and every required plugin is up', async () => {
    host.statuses = [plugin('shop', { isRequired: true }), plugin('radio', failed)];

    const shop = { status: 'up', state: 'ready', required: true };
    const details = { ...SERVING, shop };
    expect(await get('/health/ready')).toEqual({
      status: 200,
      body: { status: 'ok', info: details, error: {}, details },
    });
  });

  it.each<[string, (target: HostInMemory) => void]>([
    ['it starts', (target) => (target.started = false)],
    ['it drains', (target) => (target.draining = true)],
    ['a required plugin is not up', (target) => (target.statuses = [plugin('shop', { ...failed, isRequired: true })])],
  ])('do not say ready while %s', async (_name, change) => {
    expect(await statusOf('/health/ready')).toBe(200);

    change(host);

    expect(await statusOf('/health/ready')).toBe(503);
  });

  it.each(['full', 'failed'] as const)(
    'do not say ready while the store is %s, and name it by its state alone; live stays',
    async (state) => {
      store.state = state;

      const error = { 'panotti.store': { status: 'down', state } };
      expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'error', error } });
      expect(await get('/health')).toMatchObject({ status: 503, body: { status: 'error', error } });
      expect(((await get('/health')).body as { error: object }).error).toEqual(error);
      expect(await statusOf('/health/live')).toBe(200);
    },
  );

  it('tell more of the store where the operator has switched details on', async () => {
    await startWithDetails();

    expect((await get('/health/ready')).body).toMatchObject({
      details: { 'panotti.store': { state: 'ready', damaged: 2, resealLeft: 5 } },
    });
  });

  it('say started once the first start is over, also when plugins have failed', async () => {
    host.statuses = [plugin('shop', { ...failed, isRequired: true })];
    host.started = false;
    expect(await statusOf('/health/startup')).toBe(503);

    host.started = true;
    expect(await statusOf('/health/startup')).toBe(200);
  });

  it('say degraded, with 200, when a plugin that is not required is not up', async () => {
    host.statuses = [
      plugin('shop'),
      plugin('radio', failed),
      plugin('off', { state: 'disabled', isUp: false, isDisabled: true }),
    ];

    const details = {
      ...SERVING,
      shop: { status: 'up', state: 'ready', required: false },
      radio: { status: 'degraded', state: 'failed', required: false },
    };
    expect(await get('/health')).toEqual({
      status: 200,
      body: { status: 'degraded', info: details, error: {}, details },
    });
  });

  it('say error, with 503, when a required plugin is not up', async () => {
    host.statuses = [plugin('shop', { ...failed, isRequired: true })];

    const shop = { status: 'down', state: 'failed', required: true };
    const up = SERVING;
    expect(await get('/health')).toEqual({
      status: 503,
      body: { status: 'error', info: up, error: { shop }, details: { ...up, shop } },
    });
  });

  it('F-25 change only the line of a check that throws, and show no text of its error', async () => {
    host.statuses = [plugin('shop'), plugin('radio')];
    const checks = new Checks();
    app.get(HealthIndicators).attach('shop', [checks]);
    checks.behave = () => {
      throw new Error('canary');
    };

    const answer = await get('/health');

    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        details: {
          shop: { status: 'degraded', checks: { model: { status: 'down' }, disk: { status: 'up' } } },
          radio: { status: 'up' },
        },
      },
    });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('F-25 answer at the deadline of a check that hangs; ready and live do not wait for it at all', async () => {
    host.statuses = [plugin('shop', { isRequired: true })];
    const checks = new Checks();
    checks.behave = () => new Promise(() => {});
    app.get(HealthIndicators).attach('shop', [checks]);

    const pending = get('/health');
    expect(await statusOf('/health/ready')).toBe(200);
    expect(await statusOf('/health/live')).toBe(200);
    await settle();
    await clock.advance(2_000);

    expect(await pending).toMatchObject({
      status: 200,
      body: {
        details: { shop: { checks: { model: { status: 'down' }, disk: { status: 'up' } } } },
      },
    });
  });

  it('show one plugin with its checks', async () => {
    host.statuses = [plugin('shop')];
    app.get(HealthIndicators).attach('shop', [new Checks()]);

    const shop = {
      status: 'up',
      state: 'ready',
      required: false,
      checks: { model: { status: 'up' }, disk: { status: 'up' } },
    };
    expect(await get('/health/plugins/shop')).toEqual({
      status: 200,
      body: { status: 'ok', info: { shop }, error: {}, details: { shop } },
    });
  });

  it('tell nobody more than states: no message, no reason, no version, nothing that a check returned', async () => {
    host.statuses = [
      plugin('shop'),
      plugin('radio', { ...failed, reason: 'canary' }),
      plugin('needed', { ...failed, isRequired: true }),
    ];
    const checks = new Checks();
    checks.behave = () => ({ size: 'canary' });
    app.get(HealthIndicators).attach('shop', [checks]);

    const paths = ['', '/live', '/ready', '/startup', '/plugins/shop', '/plugins/radio', '/plugins/needed'];
    const bodies = await Promise.all(paths.map(async (path) => (await get(`/health${path}`)).body));

    const keys = new Set<string>();
    JSON.stringify(bodies, (key, value: unknown) => {
      keys.add(key);
      return value;
    });
    const format = ['', 'status', 'info', 'error', 'details', 'state', 'required', 'checks'];
    const names = ['panotti', 'panotti.store', 'shop', 'radio', 'needed', 'model', 'disk'];
    expect([...keys].filter((key) => !/^\d+$/.test(key)).toSorted()).toEqual([...format, ...names].toSorted());
    expect(JSON.stringify(bodies)).not.toMatch(/canary|did not|1\.0\.0/);
  });

  it('show details, reasons and versions where the operator has switched them on', async () => {
    await startWithDetails();
    host.statuses = [plugin('shop'), plugin('radio', failed)];
    const checks = new Checks();
    app.get(HealthIndicators).attach('shop', [checks]);

    const { version } = host.statuses[0] ?? {};
    expect(await get('/health')).toMatchObject({
      body: {
        details: {
          shop: { version, checks: { model: { status: 'up', details: { size: 3 } }, disk: { status: 'up' } } },
          radio: { version, reason: failed.reason },
        },
      },
    });
    checks.behave = () => {
      throw new Error('canary');
    };
    const answer = await get('/health/plugins/shop');
    expect(answer).toMatchObject({
      body: { details: { shop: { checks: { model: { status: 'down', reason: 'check failed' } } } } },
    });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('answer 503 for one plugin that is not up, required or not', async () => {
    host.statuses = [plugin('radio', failed)];

    expect(await get('/health/plugins/radio')).toMatchObject({
      status: 503,
      body: { status: 'error', error: { radio: { state: 'failed' } } },
    });
  });

  it('answer 404 for a plugin that does not exist, and do not repeat what is no name', async () => {
    expect(await get('/health/plugins/nobody')).toMatchObject({
      status: 404,
      body: { message: 'This server has no plugin "nobody".' },
    });
    expect(await get('/health/plugins/%3Cscript%3E')).toMatchObject({
      status: 404,
      body: { message: 'This is no name of a plugin.' },
    });
  });

  it('answers health requests with headers that forbid caching', async () => {
    const answers = await Promise.all(
      ['/health', '/health/live', '/health/ready', '/health/startup'].map((path) => app.inject(path)),
    );

    expect(answers.map(({ headers }) => headers['cache-control'])).toEqual(
      Array(4).fill('no-cache, no-store, must-revalidate'),
    );
  });
});
