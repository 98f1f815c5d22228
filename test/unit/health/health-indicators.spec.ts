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

function attached() {
  const clock = new FakeClock();
  const indicators = new HealthIndicators(clock, new HealthOptions());
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
    Logger.overrideLogger({ log: (...line) => news.push(line), warn: (...line) => warnings.push(line), error: () => {} });
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
      fc.asyncProperty(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.boolean(), async (value, throws) => {
        const { shop, result } = attached();
        shop.behave = () => {
          if (throws) throw value;
          return value;
        };

        expect((await result())?.status).toBe(throws ? 'down' : 'up');
      }),
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

  it('are not run any more once they are closed', async () => {
    const { indicators, shop, checks } = attached();

    checks.close();

    expect(await indicators.resultsOf('shop')).toEqual({});
    expect(shop.runs).toBe(0);
  });

  it('of a new start are not closed together with those of the start before', async () => {
    const { indicators, checks } = attached();
    indicators.attach('shop', [new Shop()]);

    checks.close();

    expect(Object.keys(await indicators.resultsOf('shop'))).toEqual(['counter']);
  });

  it('with the same name in one plugin are refused with both methods named, and nothing is attached', async () => {
    class Till {
      @HealthCheck('counter')
      coins(): void {}
    }
    const indicators = new HealthIndicators(new FakeClock(), new HealthOptions());

    expect(() => indicators.attach('shop', [new Shop(), new Till()])).toThrow(HealthCheckDuplicateError);
    expect(() => indicators.attach('shop', [new Shop(), new Till()])).toThrow(/"counter": Shop\.counter and Till\.coins/);
    expect(await indicators.resultsOf('shop')).toEqual({});
  });

  it('of an instance that is named twice, or of another plugin, are no duplicates', () => {
    const indicators = new HealthIndicators(new FakeClock(), new HealthOptions());
    const shop = new Shop();

    expect(() => indicators.attach('shop', [shop, shop])).not.toThrow();
    expect(() => indicators.attach('market', [new Shop()])).not.toThrow();
  });
});
