import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { OnEvent, type PluginEvents } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { activeContext, runInContext, type ActiveContext } from '../../../../src/telemetry/index.js';
import { settle } from '../../../support/fake-clock.js';
import { EventBench } from '../event-bench.js';

const request = new AsyncLocalStorage<string>();

function publisherOf(bench: EventBench, name = 'shop'): PluginEvents {
  return bench.bus.publisherFor({ name, emits: ['a.made', 'b.made'] });
}

describe('the context of an event', () => {
  class Listener {
    contexts: EventContext[] = [];
    active: (ActiveContext | undefined)[] = [];
    requests: (string | undefined)[] = [];

    constructor(private readonly events?: PluginEvents) {}

    @OnEvent('a.made')
    async onFirst(_event: object, context: EventContext): Promise<void> {
      this.contexts.push(context);
      await settle();
      this.active.push(activeContext());
      this.requests.push(request.getStore());
      await this.events?.publish('b.made', {});
    }

    @OnEvent('b.made', { concurrency: 1 })
    async onSecond(_event: object, context: EventContext): Promise<void> {
      this.contexts.push(context);
      await settle();
      this.active.push(activeContext());
      this.requests.push(request.getStore());
    }
  }

  it('follows the code through await, and what a handler publishes names its cause', async () => {
    const bench = new EventBench();
    const listener = new Listener(publisherOf(bench, 'mail'));
    bench.attach('mail', listener);

    await request.run('request 1', () => publisherOf(bench).publishAndWait('a.made', {}));
    await settle();
    await settle();

    const [first, second] = listener.contexts;
    expect(first?.toString()).toBeDefined();
    expect(first && { ...JSON.parse(JSON.stringify(first)) }).toEqual({
      id: first?.id,
      idempotencyKey: `mail/Listener.onFirst:${first?.id}`,
      name: 'a.made',
      version: 1,
      source: 'shop',
      time: bench.clock.now(),
      correlationId: first?.id,
      attempt: 1,
    });
    expect(second && { ...JSON.parse(JSON.stringify(second)) }).toEqual({
      id: second?.id,
      idempotencyKey: `mail/Listener.onSecond:${second?.id}`,
      name: 'b.made',
      version: 1,
      source: 'mail',
      time: bench.clock.now(),
      correlationId: first?.id,
      causationId: first?.id,
      attempt: 1,
    });
    expect(listener.active.map((active) => ({ ...active }))).toEqual([
      { plugin: 'mail', eventId: first?.id, eventName: 'a.made', correlationId: first?.id, traceparent: undefined },
      { plugin: 'mail', eventId: second?.id, eventName: 'b.made', correlationId: first?.id, traceparent: undefined },
    ]);
    expect(listener.requests).toEqual(['request 1', 'request 1']);
  });

  it('takes correlation and trace from the request in which the event is published', async () => {
    const bench = new EventBench();
    const listener = new Listener();
    bench.attach('mail', listener);

    await runInContext({ correlationId: 'c-1', traceparent: '00-1-2-01' }, () =>
      publisherOf(bench).publishAndWait('a.made', {}),
    );

    expect(listener.contexts).toMatchObject([
      { correlationId: 'c-1', traceparent: '00-1-2-01', causationId: undefined },
    ]);
  });

  it('is its own for each plugin, and the publisher keeps the one that it had', async () => {
    const bench = new EventBench();
    const [one, two] = [new Listener(), new Listener()];
    bench.attach('one', one);
    bench.attach('two', two);

    const after = await runInContext({ plugin: 'shop' }, async () => {
      await publisherOf(bench).publishAndWait('a.made', {});
      return activeContext()?.plugin;
    });

    expect([one.active[0]?.plugin, two.active[0]?.plugin, after]).toEqual(['one', 'two', 'shop']);
    expect(activeContext()).toBeUndefined();
  });

  it('of a queued call is its own too, whoever made room for it', async () => {
    const bench = new EventBench();
    const listener = new Listener();
    bench.attach('mail', listener);
    const events = publisherOf(bench);

    await Promise.all(
      [1, 2, 3].map((number) => request.run(`request ${number}`, () => events.publishAndWait('b.made', {}))),
    );

    expect(listener.requests).toEqual(['request 1', 'request 2', 'request 3']);
    expect(listener.active.map((active) => active?.eventId)).toEqual(listener.contexts.map(({ id }) => id));
  });

  it('can be printed without what hangs on it', async () => {
    const bench = new EventBench();
    const listener = new Listener();
    bench.attach('mail', listener);
    await publisherOf(bench).publishAndWait('a.made', {});

    expect(inspect(listener.contexts[0])).not.toMatch(/target|owner|logger/);
  });
});

describe('events that cause each other', () => {
  it('are stopped at the limit, with the cycle by name, and the chain goes no further', async () => {
    const bench = new EventBench({ depthLimit: 8 });
    class Pinging {
      calls = 0;
      errors: unknown[] = [];
      readonly events = publisherOf(bench, 'ping');

      @OnEvent('a.made')
      onFirst(): Promise<void> {
        return this.#next('b.made');
      }

      @OnEvent('b.made')
      onSecond(): Promise<void> {
        return this.#next('a.made');
      }

      async #next(name: string): Promise<void> {
        this.calls++;
        await this.events.publish(name, {}).catch((error: unknown) => this.errors.push(error));
      }
    }
    const pinging = new Pinging();
    bench.attach('ping', pinging);

    await publisherOf(bench).publish('a.made', {});
    await settle();

    expect(pinging.calls).toBe(8);
    expect(pinging.errors).toMatchObject([
      {
        code: 'EVENT_TOO_DEEP',
        message: expect.stringContaining(
          '"ping" published an event more than 8 causes deep: a.made -> b.made -> a.made.',
        ) as unknown,
      },
    ]);
  });

  it.each([31, 32])('are stopped too when each failure makes another event, at a limit of %i', async (depthLimit) => {
    const bench = new EventBench({ depthLimit });
    class Broken {
      calls = 0;
      readonly events = publisherOf(bench, 'ping');

      @OnEvent('panotti.event.failed')
      async again(): Promise<void> {
        await this.events.publish('a.made', {});
      }

      @OnEvent('a.made')
      handle(): void {
        this.calls++;
        throw new Error('always');
      }
    }
    const unhandled: unknown[] = [];
    const record = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', record);
    const broken = new Broken();
    bench.attach('ping', broken);

    await publisherOf(bench).publish('a.made', {});
    await settle();

    process.off('unhandledRejection', record);
    expect({ calls: broken.calls, unhandled }).toEqual({ calls: 16, unhandled: [] });
  });
});
