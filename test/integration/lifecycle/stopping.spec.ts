import { jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { NestApplicationContext } from '@nestjs/core';
import { Plugin, PluginContext, PluginHost } from '../../../src/index.js';
import { OperatorDecisions } from '../../../src/lifecycle/commands/operator-decisions.js';
import { StoreClosedError } from '../../../src/storage/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { on, plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';

describe('stopping plugins', () => {
  it('stops dependents before what they depend on, and runs all destroy hooks of a plugin before the next one stops', async () => {
    const told: string[] = [];
    const telling = (name: string) => ({
      onModuleDestroy: () => void told.push(`${name} destroy`),
      beforeApplicationShutdown: () => void told.push(`${name} before shutdown`),
      onApplicationShutdown: () => void told.push(`${name} shutdown`),
    });
    {
      await using test = await hostApp([plugin('base', telling('base')), plugin('top', telling('top'), on('base'))]);
      expect(test.states()).toEqual({ base: 'ready', top: 'ready' });
    }

    expect(told).toEqual([
      'top destroy',
      'top before shutdown',
      'top shutdown',
      'base destroy',
      'base before shutdown',
      'base shutdown',
    ]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGUSR2', undefined])(
    'tells the shutdown hooks of plugins the signal of a close with %p',
    async (signal) => {
      const told: unknown[] = [];
      const hook =
        (name: string) =>
        (...values: unknown[]) =>
          void told.push([name, ...values]);
      const names = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'] as const;
      const hooks = Object.fromEntries(names.map((name) => [name, hook(name)]));
      await using test = await hostApp([plugin('base', hooks)]);
      await test.host.restart('base');
      const restarted = told.splice(0);
      await (test.app as unknown as NestApplicationContext).close(signal);

      const expected = (given: string | undefined): unknown[] => [
        ['onModuleDestroy'],
        ['beforeApplicationShutdown', given],
        ['onApplicationShutdown', given],
      ];
      expect({ restarted, told }).toEqual({ restarted: expected(undefined), told: expected(signal) });
    },
  );

  it('tells each of two applications its own signal', async () => {
    const told: string[] = [];
    const telling = (name: string) =>
      plugin(name, { onApplicationShutdown: (signal) => void told.push(`${name} ${signal}`) });
    await using first = await hostApp([telling('first')]);
    await using second = await hostApp([telling('second')]);
    const closed = [first.app, second.app] as unknown as NestApplicationContext[];
    await Promise.all(closed.map((app, index) => app.close(index === 0 ? 'SIGTERM' : undefined)));

    expect(told.toSorted()).toEqual(['first SIGTERM', 'second undefined']);
  });

  it('aborts the signal, then runs the hooks, then releases resources, last taken first', async () => {
    const told: string[] = [];
    @Plugin({ name: 'holder', version: '1.0.0' })
    class Holder {
      constructor(private readonly context: PluginContext) {}

      onModuleInit(): void {
        this.context.use({ [Symbol.dispose]: () => void told.push('first released') });
        this.context.defer(() => void told.push('second released'));
        this.context.adopt('socket', (socket) => void told.push(`${socket} released`));
        this.context.signal.addEventListener('abort', () => void told.push('aborted'));
      }

      onModuleDestroy(): void {
        told.push('destroyed');
      }
    }
    {
      await using test = await hostApp([Holder]);
      expect([test.states(), told]).toEqual([{ holder: 'ready' }, []]);
    }

    expect(told).toEqual(['aborted', 'destroyed', 'socket released', 'second released', 'first released']);
  });

  it('goes on after a hook that throws and says whose it was', async () => {
    const told: string[] = [];
    await using test = await hostApp([
      plugin('culprit', {
        onModuleDestroy: () => Promise.reject(new Error('does not want to')),
        onApplicationShutdown: () => void told.push('culprit shutdown'),
      }),
      plugin('other', { onModuleDestroy: () => void told.push('other destroyed') }),
    ]);
    await test.host.stopAll();

    expect(told.toSorted()).toEqual(['culprit shutdown', 'other destroyed']);
    expect(test.host.uncleanStops()).toEqual(['culprit']);
    expect(test.host.plugin('culprit')).toMatchObject({ state: 'stopped', reason: 'not clean: onModuleDestroy' });
  });

  it('goes on at the deadline of a hook that hangs', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    await using test = await hostApp(
      [
        plugin('base', { onModuleDestroy: () => void told.push('base destroyed') }),
        plugin('culprit', { onModuleDestroy: () => new Promise(() => undefined) }, on('base')),
      ],
      { clock, startup: 'background' },
    );
    await clock.advance(0);
    const stopped = test.host.stopAll();
    await clock.advance(4_999);
    expect(told).toEqual([]);

    await clock.advance(1);
    await stopped;
    expect(told).toEqual(['base destroyed']);
    expect(test.host.uncleanStops()).toEqual(['culprit']);
    expect(test.pluginModules()).toEqual([]);
  });

  it('gives up a start that is under way, destroys what was built, and starts nothing that waited for it', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    @Injectable()
    class Connection {
      onModuleDestroy(): void {
        told.push('connection closed');
      }
    }
    await using test = await hostApp(
      [
        plugin('slow', { onModuleInit: () => clock.sleep(10_000) }, { providers: [Connection] }),
        plugin('waiting', { onModuleInit: () => void told.push('waiting started') }, on('slow')),
      ],
      { clock, startup: 'background' },
    );
    await clock.advance(1_000);
    expect(test.states()).toEqual({ slow: 'starting', waiting: 'discovered' });

    await test.host.stopAll();
    expect(test.states()).toEqual({ slow: 'stopped', waiting: 'stopped' });
    await clock.advance(20_000);
    expect(told).toEqual(['connection closed']);
  });

  it('wins over a first start that has only just begun, although the store is closed under it', async () => {
    await using test = await hostApp([plugin('late')], {}, (app) => {
      jest.spyOn(app.get(OperatorDecisions), 'restore').mockImplementation(() => {
        app.get(PluginHost).announceShutdown();
        return Promise.reject(new StoreClosedError());
      });
    });

    expect(test.states()).toEqual({ late: 'discovered' });
  });

  it('cancels the retry of a plugin when everything stops', async () => {
    const clock = new FakeClock();
    let starts = 0;
    const notReady = plugin('later', {
      onModuleInit: () => {
        starts++;
        throw Object.assign(new Error('not yet'), { code: 'PLUGIN_NOT_READY' });
      },
    });
    await using test = await hostApp([notReady], { clock, startup: 'background' });
    await clock.advance(0);
    await test.host.stopAll();
    await clock.advance(100_000);

    expect(starts).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
