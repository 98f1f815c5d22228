import { Injectable } from '@nestjs/common';
import { OnEvent as OnEmitted } from '@nestjs/event-emitter';
import {
  EventContract,
  EventContractError,
  OnEvent,
  readContract,
  SubscriptionDeclarationError,
} from '../../../../src/events/index.js';
import { BasePlugin, Plugin } from '../../../../src/plugin/index.js';
import { EventBench } from '../event-bench.js';

@EventContract('order.created', { version: 2 })
class OrderCreated {}

function problemsOf(event: unknown, options?: unknown): readonly string[] {
  try {
    // The point is what happens to arguments that no compiler has checked.
    OnEvent(event as never, options as never)(class Wrong {}.prototype, 'handle', {});
    return [];
  } catch (error) {
    if (error instanceof SubscriptionDeclarationError) return error.problems;
    throw error;
  }
}

describe('@EventContract', () => {
  it('records name and version, also for subclasses', () => {
    class Special extends OrderCreated {}

    expect([readContract(OrderCreated), readContract(Special), readContract(class {})]).toEqual([
      { name: 'order.created', version: 2 },
      { name: 'order.created', version: 2 },
      undefined,
    ]);
  });

  it('understands a class that a second copy of the package has decorated', () => {
    class Foreign {}
    Reflect.defineMetadata(Symbol.for('panotti:event-contract:v1'), { name: 'foreign.made', version: 1 }, Foreign);

    expect(readContract(Foreign)).toEqual({ name: 'foreign.made', version: 1 });
  });

  it.each([['Order.created'], ['order..created'], ['']])('refuses the name %j and names the class', (name) => {
    expect(() => EventContract(name)(class Order {})).toThrow(/class "Order".*\n.*Fix: Use dot-separated/);
  });

  it.each([0, 1.5, Number.NaN])('refuses version %p', (version) => {
    expect(() => EventContract('order.created', { version })(class Order {})).toThrow(EventContractError);
  });
});

describe('@OnEvent', () => {
  it('names every wrong option at once, with what was probably meant', () => {
    expect(
      problemsOf('order.created', {
        timeout: 5,
        timeoutMs: 0,
        concurrency: 1.5,
        key: 'id',
        batch: { size: 1, waitMs: -1, waitsMs: 2 },
        retry: { backoffMs: 'soon', final: [Error, 'Error'] },
      }),
    ).toEqual([
      'timeout is unknown; did you mean "timeoutMs"?',
      'timeoutMs must be a whole number from 1 to 2147483647',
      'concurrency must be a whole number from 1 to 1000000',
      'key must be a function from the event to a text',
      'key and batch exclude each other: an array mixes events of several keys',
      'retry.attempts must be a whole number from 1 to 100',
      'retry.backoffMs must be a whole number from 0 to 2147483647',
      'retry.final must be a list of error classes',
      'batch.waitsMs is unknown; did you mean "waitMs"?',
      'batch.size must be a whole number from 2 to 10000',
      'batch.waitMs must be a whole number from 0 to 2147483647',
    ]);
  });

  it('refuses a class without a contract, and what is not an event', () => {
    expect([problemsOf(class Plain {}), problemsOf('a..b'), problemsOf(7)]).toEqual([
      ['the class "Plain" has no @EventContract'],
      ['the event must be a class with @EventContract, a name, or a pattern such as "recording.*"'],
      ['the event must be a class with @EventContract, a name, or a pattern such as "recording.*"'],
    ]);
  });

  it('refuses a static method', () => {
    class Holder {
      static handle(): void {}
    }

    expect(() => OnEvent('a.b')(Holder, 'handle', {})).toThrow('a static method cannot handle events');
  });

  it('refuses durable delivery of an event that is given by its name', () => {
    expect(problemsOf('order.created', { delivery: 'durable' })).toHaveLength(1);
  });
});

describe('the subscriptions of a plugin', () => {
  it('are described with their policies, inherited methods and those of @nestjs/event-emitter included', () => {
    class Parent {
      @OnEvent('a.one')
      inherited(): void {}

      @OnEvent('a.two')
      redecorated(): void {}
    }
    class Child extends Parent {
      @OnEvent(OrderCreated, { key: () => 'k', retry: { attempts: 3 }, concurrency: 2, timeoutMs: 50 })
      @OnEvent('**', { batch: { size: 10, waitMs: 5 } })
      override redecorated(): void {}

      @OnEmitted('nest.event')
      nest(): void {}

      @OnEmitted(['nest', '*'])
      nestPattern(): void {}
    }
    const plain = { timeoutMs: 30_000, attempts: 1, concurrency: Infinity, key: undefined, batch: undefined };
    const { handlers } = new EventBench().attach('shop', new Child());

    expect(handlers.map(({ label, details: { pattern, policy } }) => ({ label, pattern, policy }))).toMatchObject([
      {
        label: 'Child.redecorated',
        pattern: 'order.created',
        policy: { timeoutMs: 50, attempts: 3, concurrency: 2, key: expect.any(Function) as unknown },
      },
      { label: 'Child.redecorated', pattern: '**', policy: { ...plain, batch: { size: 10 } } },
      { label: 'Child.inherited', pattern: 'a.one', policy: plain },
      { label: 'Child.nest', pattern: 'nest.event', policy: plain },
      { label: 'Child.nestPattern', pattern: 'nest.*', policy: plain },
    ]);
  });

  it('of a class that is not a singleton are refused, and nothing of the plugin is attached', async () => {
    const seen: string[] = [];
    class First {
      @OnEvent('a.b')
      handle(): void {
        seen.push('first');
      }
    }
    class PerRequest {
      @OnEmitted('a.b')
      handle(): void {}
    }
    const { bus } = new EventBench();
    const candidates = [
      { type: First, instance: new First() },
      { type: PerRequest, instance: undefined },
    ];

    expect(() => bus.attach('shop', candidates)).toThrow(
      /PerRequest\.handle is wrong:\n {2}- the class is not a singleton/,
    );
    expect(bus.attach('shop', [{ type: class {}, instance: undefined }]).handlers).toEqual([]);
    await bus.publisherFor({ name: 'shop', emits: ['a.b'] }).publishAndWait('a.b', {});
    expect(seen).toEqual([]);
  });

  it('to a symbol of @nestjs/event-emitter are refused, because the bus knows texts only', () => {
    class Listener {
      @OnEmitted(Symbol('secret'))
      handle(): void {}
    }

    expect(() => new EventBench().attach('shop', new Listener())).toThrow(
      /Listener\.handle is wrong:\n {2}- an event of a plugin is named by a text/,
    );
  });

  it('never run a getter of a provider', () => {
    class Lazy {
      get boom(): never {
        throw new Error('read');
      }
    }

    expect(new EventBench().attach('shop', new Lazy()).handlers).toEqual([]);
  });

  it('must not be forgotten by a plugin that overrides handleEvent', () => {
    @Injectable()
    @Plugin({ name: 'deaf', version: '1.0.0' })
    class Deaf extends BasePlugin {
      override async handleEvent(): Promise<void> {}
    }
    @Plugin({ name: 'plain', version: '1.0.0' })
    class Plain extends BasePlugin {}

    expect(() => new EventBench().attach('deaf', new Deaf())).toThrow(
      /@OnEvent on Deaf\.handleEvent is wrong:\n {2}- is missing/,
    );
    expect(new EventBench().attach('plain', new Plain()).handlers).toEqual([]);
  });
});
