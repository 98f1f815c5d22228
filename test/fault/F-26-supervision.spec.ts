import { PluginNotReadyError } from '../../src/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { plugin } from '../support/hooked-plugin.js';
import { hostApp } from '../support/host-app.js';

/** A fixed sequence (mulberry32): a promise about chance must not be broken by chance. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('F-26 supervision', () => {
  const { random } = Math;
  beforeEach(() => (Math.random = seeded(26)));
  afterEach(() => (Math.random = random));

  it('F-26 spreads the attempts of fifty plugins that are not ready: once they wait 64 s and more, at most ten within one second', async () => {
    const clock = new FakeClock();
    const lateAttempts: number[] = [];
    const plugins = Array.from({ length: 50 }, (_, index) => {
      let attempt = 0;
      return plugin(`late-${index}`, {
        onModuleInit: () => {
          // The eighth attempt is the one after the wait of 64 s.
          if (++attempt >= 8) lateAttempts.push(clock.monotonicMs());
          throw new PluginNotReadyError('not yet');
        },
      });
    });
    await using test = await hostApp(plugins, { clock, startup: 'background' });
    await clock.advance(320_000);
    const perSecond = new Map<number, number>();
    for (const time of lateAttempts)
      perSecond.set(Math.floor(time / 1_000), (perSecond.get(Math.floor(time / 1_000)) ?? 0) + 1);

    expect(new Set(Object.values(test.states()))).toEqual(new Set(['retrying']));
    expect(lateAttempts.length).toBeGreaterThan(100);
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(10);
  });

  it('F-26 suspends a plugin at its third failure within a minute, and not one that fails as often more slowly; an operator resumes it', async () => {
    const clock = new FakeClock();
    let isMended = false;
    const failing = (): void => {
      if (!isMended) throw new Error('as it was told');
    };
    await using test = await hostApp(
      [plugin('quick', { onModuleInit: failing }), plugin('slow', { onModuleInit: failing })],
      { clock },
    );
    for (const name of ['quick', 'quick', 'slow']) await test.host.start(name);
    expect(test.states()).toEqual({ quick: 'suspended', slow: 'failed' });
    await clock.advance(60_001);
    await test.host.start('slow');
    expect(test.states()).toEqual({ quick: 'suspended', slow: 'failed' });

    isMended = true;
    await clock.advance(600_000);
    expect(test.states()).toEqual({ quick: 'suspended', slow: 'failed' });
    await test.host.resume('quick');
    expect(test.states()).toEqual({ quick: 'ready', slow: 'failed' });
  });
});
