import { Controller, Get, Injectable, Logger, type Type } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { HealthCheck, OnEvent, PluginContext, PluginNotReadyError } from '../../src/index.js';
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

/** What plugins hold on to while they live, and must let go. */
const emitter = new EventEmitter().setMaxListeners(0);
const heard: string[] = [];

type Moment = 'the factory' | 'onModuleInit' | 'onApplicationBootstrap';
const MOMENTS: readonly Moment[] = ['the factory', 'onModuleInit', 'onApplicationBootstrap'];

/** A plugin that has taken something of everything there is before it fails, in each way at each moment. */
function failing(index: number): Type<object> {
  const name = `failing-${index}`;
  const fail = WAYS[index % WAYS.length] as () => unknown;
  const moment = MOMENTS[Math.floor(index / WAYS.length) % MOMENTS.length];
  @Injectable()
  class Holder {
    constructor(context: PluginContext) {
      const listener = (): void => void heard.push(name);
      emitter.on('told', listener);
      context.defer(() => void emitter.off('told', listener));
    }

    @OnEvent('panotti.plugin.*')
    hear(): void {
      if (told.has(name)) heard.push(name);
    }

    @HealthCheck('holder')
    check(): void {
      heard.push(name);
    }
  }
  @Controller()
  class Routes {
    @Get()
    show(): string {
      return 'never';
    }
  }
  const told = new Set<string>();
  const at = (hook: Moment) => () => {
    if (hook !== moment) return undefined;
    told.add(name);
    return fail();
  };
  const factory = { provide: 'made', inject: [Holder], useFactory: at('the factory') };
  const hooks = { onModuleInit: at('onModuleInit'), onApplicationBootstrap: at('onApplicationBootstrap') };
  return plugin(name, hooks, { providers: [Holder, factory], controllers: [Routes] });
}

afterEach(() => Logger.overrideLogger(false));

describe('F-10 plugins that fail to start', () => {
  it('F-10 fifty of them at once, in three ways at three moments: one report names them all, and nothing of them is left: no module, no route, no handler, no check, no listener, no timer', async () => {
    const clock = new FakeClock();
    const plugins = Array.from({ length: 50 }, (_, index) => failing(index));
    const reports: string[] = [];
    const ignore = (): void => undefined;
    const warn = (text: string): void => void (/plugins are not up/.test(text) && reports.push(text));
    await using test = await hostApp([...plugins, plugin('well')], { clock }, () =>
      Logger.overrideLogger({ log: ignore, error: ignore, warn }),
    );

    expect(test.states()).toEqual({
      ...Object.fromEntries(plugins.map((_, index) => [`failing-${index}`, 'failed'])),
      well: 'ready',
    });
    const why = ['it threw', 'it rejected', 'A value that is no Error was thrown: a text'];
    const lines = plugins.map((_, index) => `  "failing-${index}" is failed: ${why[index % 3]}`);
    expect(reports).toEqual([['50 of 51 plugins are not up:', ...lines.toSorted()].join('\n')]);
    expect(test.pluginModules()).toEqual(['PluginClass']);
    for (let index = 0; index < 50; index++)
      expect((await test.app.inject(`/api/failing-${index}`)).statusCode).toBe(503);
    expect([emitter.listenerCount('told'), clock.pendingTimers]).toEqual([0, 0]);
    heard.length = 0;
    await test.host.restart('well');
    expect([(await test.app.inject('/health')).statusCode, heard]).toEqual([200, []]);
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
