/** What a plugin throws may throw in turn when it is looked at. The host looks at everything that is thrown. */
import { Controller, Get } from '@nestjs/common';
import { EventBus } from '../../../src/events/index.js';
import { EventContract, HealthCheck, OnEvent, Plugin } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';

const refuse = (): never => {
  throw new Error('do not look');
};

const withUnreadable = (property: string): Error =>
  Object.defineProperty(new Error('x'), property, { get: refuse, enumerable: true });

/** Made when they are thrown, so that nothing but the host looks at them. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  'a Proxy that refuses everything': () =>
    new Proxy(
      {},
      { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse },
    ),
  'an Error whose message cannot be read': () => withUnreadable('message'),
  'an Error whose stack cannot be read': () => withUnreadable('stack'),
  'an Error with a property that cannot be read': () => withUnreadable('details'),
  'an Error whose cause cannot be read': () => new Error('x', { cause: withUnreadable('message') }),
  'an Error whose message is no text': () => Object.assign(new Error('x'), { message: { split: refuse } }),
  'a symbol': () => Symbol('s'),
  'a text of ten megabytes': () => 'x'.repeat(10_000_000),
};

@EventContract('hostile.done')
class Done {}

describe.each(Object.entries(VALUES))('%s', (_what, make) => {
  const hurl = (): never => {
    throw make();
  };

  it('thrown by the hooks of a plugin keeps nobody else from starting and stopping', async () => {
    await using test = await hostApp([
      plugin('constructs', { onModuleInit: hurl }),
      plugin('rejects', { onModuleInit: () => Promise.reject(make()) }),
      plugin('ends-badly', { onModuleDestroy: hurl, onApplicationShutdown: () => Promise.reject(make()) }),
      plugin('sound'),
    ]);
    expect(test.states()).toEqual({ constructs: 'failed', rejects: 'failed', 'ends-badly': 'ready', sound: 'ready' });
    expect(test.host.plugin('rejects').reason?.length).toBeLessThan(3_000);

    expect(await test.host.restart('ends-badly')).toMatchObject({ state: 'ready' });
    await test.host.stopAll();
    expect(test.host.uncleanStops()).toEqual(['ends-badly']);
  });

  it('thrown by a handler, a health check and a controller changes only their own answers', async () => {
    @Controller()
    class HostileRoutes {
      @Get()
      show(): never {
        return hurl();
      }
    }
    @Plugin({ name: 'hostile', version: '1.0.0', controllers: [HostileRoutes], emits: [Done] })
    class HostilePlugin {
      @OnEvent(Done, { retry: { attempts: 2, backoffMs: 1, final: [TypeError] } })
      handle(): never {
        return hurl();
      }

      @HealthCheck('check')
      check(): never {
        return hurl();
      }
    }
    await using test = await hostApp([HostilePlugin, plugin('sound')]);
    const events = test.app.get(EventBus).publisherFor({ name: 'hostile', emits: [Done] });

    expect((await test.app.inject('/api/hostile')).statusCode).toBe(500);
    expect(await events.publishAndWait(new Done())).toMatchObject([{ status: 'failed', attempts: 2 }]);
    expect((await test.app.inject('/health')).json()).toMatchObject({
      details: { hostile: { checks: { check: { status: 'down' } } }, sound: { status: 'up' } },
    });
  });
});
