import { Controller, Get, Injectable, type Type } from '@nestjs/common';
import { OnEvent, PluginNotReadyError } from '../../src/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { plugin } from '../support/hooked-plugin.js';
import { hostApp } from '../support/host-app.js';

const WAYS = [
  () => {
    throw new Error('it threw');
  },
  () => Promise.reject(new Error('it rejected')),
  () => {
    // Plugins may throw anything.
    // oxlint-disable-next-line no-throw-literal
    throw 'a text';
  },
];

/** A plugin that is attached to everything there is before it fails. */
function failing(index: number): Type<object> {
  @Injectable()
  class Listener {
    @OnEvent('panotti.plugin.*')
    hear(): void {
      throw new Error('a plugin that failed hears nothing');
    }
  }
  @Controller()
  class Routes {
    @Get()
    show(): string {
      return 'never';
    }
  }
  const hooks = { onApplicationBootstrap: WAYS[index % WAYS.length] };
  return plugin(`failing-${index}`, hooks as object, { providers: [Listener], controllers: [Routes] });
}

describe('F-10 plugins that fail to start', () => {
  it('F-10 fifty of them at once fail each by itself, and nothing of them is left: no module, no route, no timer', async () => {
    const clock = new FakeClock();
    const plugins = Array.from({ length: 50 }, (_, index) => failing(index));
    await using test = await hostApp([...plugins, plugin('well')], { clock });
    const states = test.states();

    expect(Object.values(states).filter((state) => state === 'failed')).toHaveLength(50);
    expect(states).toMatchObject({ well: 'ready' });
    expect(test.pluginModules()).toHaveLength(1);
    expect((await test.app.inject('/api/failing-7')).statusCode).toBe(503);
    expect(clock.pendingTimers).toBe(0);
    expect(test.host.plugins().filter(({ history }) => history.some(({ to }) => to === 'retrying'))).toEqual([]);
  });

  it('F-10 are tried again after 1, 2, 4 … 80 s and then every 80 s, within 10 %, when they say that they are not ready, and else never', async () => {
    const clock = new FakeClock();
    const startedAt: number[] = [];
    const late = plugin('late', {
      onModuleInit: () => {
        startedAt.push(clock.monotonicMs());
        throw new PluginNotReadyError('not yet');
      },
    });
    let others = 0;
    const broken = plugin('broken', {
      onModuleInit: () => {
        others++;
        throw new Error('for good');
      },
    });
    await using test = await hostApp([late, broken], { clock, startup: 'background' });
    await clock.advance(500_000);
    const waits = startedAt.slice(1).map((time, index) => time - (startedAt[index] ?? 0));
    const planned = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 80_000, 80_000, 80_000];

    expect(waits.length).toBeGreaterThanOrEqual(10);
    for (const [index, plannedMs] of planned.entries()) {
      expect(Math.abs((waits[index] ?? 0) - plannedMs)).toBeLessThanOrEqual(plannedMs / 10 + 1);
    }
    expect([others, test.states()]).toEqual([1, { broken: 'failed', late: 'retrying' }]);
  });
});
