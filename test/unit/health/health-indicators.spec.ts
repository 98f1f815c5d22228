import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { HealthCheck, HealthCheckDuplicateError, HealthIndicators, HealthOptions } from '../../../src/health/index.js';
import { activeContext, type ActiveContext } from '../../../src/telemetry/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';

class Shop {
  runs = 0;
  behave: () => unknown = () => ({ open: true });

  @HealthCheck('counter', { timeoutMs: 500 })
  counter(): unknown {
    this.runs += 1;
    return this.behave();
  }
}

/** `checkInterval: 0`: what is not about the background is not run there. */
function attached(options: Partial<HealthOptions> = { checkInterval: 0 }) {
  const clock = new FakeClock();
  const indicators = new HealthIndicators(clock, Object.assign(new HealthOptions(), options));
  const shop = new Shop();
  const checks = indicators.attach('shop', [shop]);
  return { clock, indicators, shop, checks, result: async () => (await indicators.resultsOf('shop'))['counter'] };
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;
const throwing = (): never => {
  throw new Error('canary');
};

describe('the health checks of plugins', () => {
  const warnings: unknown[][] = [];
  const news: unknown[][] = [];
  beforeEach(() => {
    warnings.length = 0;
    news.length = 0;
    Logger.overrideLogger({
      log: (...line) => news.push(line),
      warn: (...line) => warnings.push(line),
      error: () => {},
    });
  });
  afterAll(() => Logger.overrideLogger(false));

  it('show what a check returned', async () => {
    const { result } = attached();

    expect(await result()).toEqual({ status: 'up', details: { open: true } });
  });

  it.each<[string, unknown, object | undefined]>([
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['a text', 'fine', undefined],
    ['a big integer inside', { size: 7n }, { size: '7' }],
    ['a bare big integer', 7n, undefined],
    ['a cycle', cycle, undefined],
    [
      'a getter that throws',
      {
        get size() {
          return throwing();
        },
      },
      undefined,
    ],
    ['a toJSON that throws', { toJSON: throwing }, undefined],
    ['a toJSON that returns nothing', { toJSON: () => undefined }, undefined],
    ['a function', () => 1, undefined],
    ['a megabyte', { text: 'x'.repeat(1_000_000) }, undefined],
    ['a promise of details', Promise.resolve({ open: true }), { open: true }],
  ])('are up for %s', async (_name, returned, details) => {
    const { shop, result } = attached();
    shop.behave = () => returned;

    expect(await result()).toEqual({ status: 'up', ...(details && { details }) });
  });

  it.each<[string, unknown]>([
    ['false', false],
    ['an Error', new Error('canary')],
    ['status down', { status: 'down' }],
    ['status down with details', { status: 'down', lag: 7 }],
    ["terminus' form", { database: { status: 'down', message: 'canary' } }],
    ["terminus' form with one of several parts down", { cache: { status: 'up' }, database: { status: 'down' } }],
    ["terminus' whole result", { status: 'error', info: {}, error: { database: { status: 'down' } }, details: {} }],
    ["terminus' result while it stops", { status: 'shutting_down' }],
    ['status DOWN', { status: 'DOWN' }],
    ['a promise of false', Promise.resolve(false)],
  ])('are down for a check that returns %s', async (_name, returned) => {
    const { shop, result } = attached();
    shop.behave = () => returned;

    expect(await result()).toMatchObject({ status: 'down', reason: 'check failed' });
    expect(warnings).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['true', true],
    ['zero', 0],
    ['an empty text', ''],
    ['status up', { status: 'up' }],
    ['the word down somewhere else', { direction: 'down', name: { text: 'down' } }],
    ["terminus' form with all parts up", { cache: { status: 'up' }, database: { status: 'up' } }],
  ])('are up for a check that returns %s', async (_name, returned) => {
    const { shop, result } = attached();
    shop.behave = () => returned;

    expect(await result()).toMatchObject({ status: 'up' });
  });

  it('show the details that a check returned with its status, and no text of an Error', async () => {
    const { shop, clock, result } = attached();
    shop.behave = () => ({ status: 'down', lag: 7 });
    expect(await result()).toEqual({ status: 'down', reason: 'check failed', details: { status: 'down', lag: 7 } });

    await clock.advance(60_000);
    shop.behave = () => Object.assign(new Error('canary'), { password: 'canary' });
    expect(JSON.stringify(await result())).not.toContain('canary');
  });

  it.each<[string, () => unknown]>([
    ['throws', throwing],
    ['rejects', () => Promise.reject(new Error('canary'))],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
    [
      'throws a text',
      () => {
        throw 'canary';
      },
    ],
    [
      'throws what has no text',
      () => {
        throw Object.create(null);
      },
    ],
    [
      'throws an error whose message throws',
      () => {
        throw Object.defineProperty(new Error('x'), 'message', { get: throwing });
      },
    ],
    [
      'throws what cannot even be looked at',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        throw proxy;
      },
    ],
    [
      'returns a thenable that throws',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- the subject of this row
        get then() {
          return throwing();
        },
      }),
    ],
  ])('are down, without the text of the error, for a check that %s', async (_name, behave) => {
    const { shop, result } = attached();
    shop.behave = behave;

    expect(await result()).toEqual({ status: 'down', reason: 'check failed' });
    expect(warnings).toHaveLength(1);
  });

  it('never reject, whatever a check returns or throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withBigInt: true, withNullPrototype: true }),
        fc.boolean(),
        async (value, throws) => {
          const { shop, result } = attached();
          shop.behave = () => {
            if (throws) throw value;
            return value;
          };

          expect((await result())?.status).toBe(throws || value === false ? 'down' : 'up');
        },
      ),
    );
  });

  it('run in the context of their plugin', async () => {
    const { shop, result } = attached();
    let context: ActiveContext | undefined;
    shop.behave = () => void (context = activeContext());

    await result();

    expect(context?.plugin).toBe('shop');
  });

  it('share one run among all who ask at the same time, and its result for a second', async () => {
    const { clock, shop, result } = attached();

    expect(await Promise.all([result(), result(), result()])).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'up', details: { open: true } })),
    );
    await clock.advance(999);
    await result();
    expect(shop.runs).toBe(1);

    await clock.advance(1);
    await result();
    expect(shop.runs).toBe(2);
  });

  it('answer at the deadline of a check that hangs, and do not start it again until it ends', async () => {
    const { clock, shop, result } = attached();
    let finish: (details: object) => void = () => {};
    shop.behave = () => new Promise((resolve) => (finish = resolve));
    const late = { status: 'down', reason: 'check did not end within 500 ms' };

    const first = result();
    await clock.advance(500);
    expect(await first).toEqual(late);

    await clock.advance(2_000);
    expect(await result()).toEqual(late);
    expect(shop.runs).toBe(1);

    finish({});
    await settle();
    shop.behave = () => undefined;
    expect(await result()).toEqual({ status: 'up' });
    expect(shop.runs).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('give a check that never ends up after ten time-outs and try anew', async () => {
    const { clock, shop, result } = attached();
    shop.behave = () => new Promise(() => {});
    void result();

    await clock.advance(4_999);
    await result();
    expect(shop.runs).toBe(1);

    await clock.advance(1);
    shop.behave = () => undefined;
    expect(await result()).toEqual({ status: 'up' });
  });

  it.each<[string, unknown, string]>([
    ['false', false, 'it returned false.'],
    ['status down', { status: 'down' }, 'it is down.'],
    ['status down with a message', { status: 'down', message: 'disk full' }, 'it is down: disk full'],
    ["terminus' form", { database: { status: 'down' } }, '"database" is down.'],
  ])('log what a check returned that throws nothing: %s', async (_name, returned, said) => {
    const { shop, result } = attached();
    shop.behave = () => returned;
    await result();

    expect(warnings).toEqual([[`Health check "counter" of plugin "shop" failed: ${said}`, 'shop']]);
  });

  it('log a failure with its cause once, and the recovery once, however often they are asked for', async () => {
    const { clock, shop, result } = attached();
    const disk = new Error('disk full');
    shop.behave = () => Promise.reject(disk);

    for (let poll = 0; poll < 3; poll++) {
      await result();
      await clock.advance(1_000);
    }
    shop.behave = () => undefined;
    for (let poll = 0; poll < 3; poll++) {
      await result();
      await clock.advance(1_000);
    }

    expect(warnings).toEqual([['Health check "counter" of plugin "shop" failed: disk full', disk, 'shop']]);
    expect(news).toEqual([['Health check "counter" of plugin "shop" is well again.', 'shop']]);
  });

  it('runs no check once the checks are closed', async () => {
    const { indicators, shop, checks } = attached();

    checks.close();

    expect(await indicators.resultsOf('shop')).toEqual({});
    expect(shop.runs).toBe(0);
  });

  it('keeps the checks of a new start open when those of the start before are closed', async () => {
    const { indicators, checks } = attached();
    indicators.attach('shop', [new Shop()]);

    checks.close();

    expect(Object.keys(await indicators.resultsOf('shop'))).toEqual(['counter']);
  });

  it('runs no checks with the same name in one plugin: their line is down, the log names the methods, and others go on', async () => {
    class Till {
      ran = false;

      @HealthCheck('counter')
      coins(): void {
        this.ran = true;
      }
      @HealthCheck('drawer')
      drawer(): void {}
    }
    const indicators = new HealthIndicators(new FakeClock(), new HealthOptions());
    const [shop, till] = [new Shop(), new Till()];
    indicators.attach('shop', [shop, till]);

    expect(await indicators.resultsOf('shop')).toEqual({
      counter: { status: 'down', reason: 'check failed' },
      drawer: { status: 'up' },
    });
    expect([shop.runs, till.ran]).toEqual([0, false]);
    expect(warnings).toEqual([
      [
        expect.stringContaining('two health checks called "counter": Shop.counter and Till.coins'),
        expect.any(HealthCheckDuplicateError),
        'shop',
      ],
    ]);
  });

  it('does not take checks of an instance that is named twice, or of another plugin, as duplicates', () => {
    const indicators = new HealthIndicators(new FakeClock(), new HealthOptions());
    const shop = new Shop();

    expect(() => indicators.attach('shop', [shop, shop])).not.toThrow();
    expect(() => indicators.attach('market', [new Shop()])).not.toThrow();
  });
});

describe('the health of a plugin', () => {
  beforeEach(() => Logger.overrideLogger(false));

  const failing = (): never => {
    throw new Error('not well');
  };

  function watched(options: Partial<HealthOptions> = {}) {
    const all = attached(options);
    const told: string[] = [];
    const subscription = all.indicators.onChange(
      (plugin, isHealthy) => void told.push(`${plugin} ${isHealthy ? 'well' : 'unwell'}`),
    );
    return { ...all, told, subscription };
  }

  it('reports once that a check begins to fail and once that it passes again, by runs in the background', async () => {
    const { clock, shop, told } = watched();
    await clock.advance(9_999);
    expect(shop.runs).toBe(0);

    await clock.advance(1);
    expect([shop.runs, told]).toEqual([1, []]);

    shop.behave = failing;
    await clock.advance(30_000);
    expect([shop.runs, told]).toEqual([4, ['shop unwell']]);

    shop.behave = () => undefined;
    await clock.advance(20_000);
    expect([shop.runs, told]).toEqual([6, ['shop unwell', 'shop well']]);
  });

  it('reports a failing check that an endpoint has run', async () => {
    const { shop, told, result } = watched({ checkInterval: 0 });
    shop.behave = failing;
    await result();

    expect(told).toEqual(['shop unwell']);
  });

  it('reports a plugin as healthy only when the last of several failing checks has passed', async () => {
    class Till {
      isFull = false;

      @HealthCheck('coins', { cacheMs: 0 })
      coins(): void {
        if (!this.isFull) failing();
      }
    }
    const { clock, indicators, told } = watched();
    const [shop, till] = [new Shop(), new Till()];
    indicators.attach('market', [shop, till]);
    shop.behave = failing;
    await clock.advance(10_000);
    shop.behave = () => undefined;
    await clock.advance(10_000);
    expect(told).toEqual(['market unwell']);

    till.isFull = true;
    await clock.advance(10_000);
    expect(told).toEqual(['market unwell', 'market well']);
  });

  it('reports a plugin as unhealthy at the deadline of a check that hangs, and does not start that check again', async () => {
    const { clock, shop, told } = watched({ checkInterval: 1 });
    shop.behave = () => new Promise(() => {});
    await clock.advance(1_499);
    expect(told).toEqual([]);

    await clock.advance(1);
    expect(told).toEqual(['shop unwell']);

    await clock.advance(4_000);
    expect(shop.runs).toBe(1);
  });

  it.each([
    ['is asked for by nobody when the interval is 0', 0],
    ['costs nothing in the background for a plugin without checks', 10],
  ])('%s', async (_title, checkInterval) => {
    const clock = new FakeClock();
    const indicators = new HealthIndicators(clock, Object.assign(new HealthOptions(), { checkInterval }));
    indicators.attach('shop', checkInterval === 0 ? [new Shop()] : [{}]);

    expect(clock.pendingTimers).toBe(0);
  });

  it('reports nothing once the checks are closed, and leaves no timer, also with a run under way', async () => {
    const { clock, shop, checks, told } = watched();
    let fail: (error: Error) => void = () => {};
    shop.behave = () => new Promise((_resolve, reject) => (fail = reject));
    await clock.advance(10_000);

    checks.close();
    fail(new Error('late'));
    await settle();

    expect([told, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('reports to no listener whose subscription has ended, and to all others when one of them throws', async () => {
    const { indicators, subscription, shop, told, result } = watched({ checkInterval: 0 });
    const others: string[] = [];
    indicators.onChange(failing);
    indicators.onChange((plugin) => void others.push(plugin));
    subscription[Symbol.dispose]();
    shop.behave = failing;

    expect(await result()).toEqual({ status: 'down', reason: 'check failed' });
    expect([told, others]).toEqual([[], ['shop']]);
  });

  it('begins anew with the next start of the plugin', async () => {
    const { indicators, shop, told, result } = watched({ checkInterval: 0 });
    shop.behave = failing;
    await result();
    indicators.attach('shop', [new Shop()]);
    await result();

    expect(told).toEqual(['shop unwell']);
  });
});
