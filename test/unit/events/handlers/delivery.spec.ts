import { EventFailed, HandlerTimeoutError, OnEvent } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { settle } from '../../../support/fake-clock.js';
import { EventBench, Gate } from '../event-bench.js';

const handled = { status: 'handled', attempts: 1, durationMs: undefined, error: undefined };

function shopOf(bench: EventBench): ReturnType<EventBench['bus']['publisherFor']> {
  return bench.bus.publisherFor({ name: 'shop', emits: ['order.created', 'order.paid'] });
}

/** Keeps the failures that the host publishes. */
class FailureRecorder {
  readonly failures: EventFailed[] = [];

  @OnEvent(EventFailed)
  record(failure: EventFailed): void {
    this.failures.push(failure);
  }
}

describe('a delivery', () => {
  it('is reported for each handler, and a failing one disturbs neither the others nor the publisher', async () => {
    const bench = new EventBench();
    const error = new Error('sync');
    class Handlers {
      @OnEvent('order.created')
      async first(): Promise<void> {}

      @OnEvent('order.created')
      throws(): void {
        throw error;
      }

      @OnEvent('order.*')
      async rejects(): Promise<void> {
        // Plugins may throw anything.
        // oxlint-disable-next-line no-throw-literal
        throw 'text';
      }

      @OnEvent('order.created')
      last(): void {}
    }
    bench.attach('mail', new Handlers());

    const outcomes = await shopOf(bench).publishAndWait('order.created', {});

    expect(outcomes).toEqual([
      { plugin: 'mail', handler: 'Handlers.first', ...handled },
      { plugin: 'mail', handler: 'Handlers.throws', ...handled, status: 'failed', error },
      {
        plugin: 'mail',
        handler: 'Handlers.rejects',
        ...handled,
        status: 'failed',
        error: new Error('A value that is no Error was thrown: text'),
      },
      { plugin: 'mail', handler: 'Handlers.last', ...handled },
    ]);
  });

  it('begins after its publisher has gone on, and runs beside the other deliveries', async () => {
    const bench = new EventBench();
    const gate = new Gate();
    const steps: string[] = [];
    class Handlers {
      @OnEvent('order.created')
      async slow(): Promise<void> {
        steps.push('slow begins');
        await gate.passed;
        steps.push('slow ends');
      }

      @OnEvent('order.created')
      async quick(): Promise<void> {
        steps.push('quick');
      }
    }
    bench.attach('mail', new Handlers());

    const published = shopOf(bench).publish('order.created', {});
    steps.push('publisher');
    await published;
    steps.push('accepted');
    await settle();
    gate.open();
    await settle();

    expect(steps).toEqual(['publisher', 'slow begins', 'quick', 'accepted', 'slow ends']);
  });

  it('reaches a method once, by the first of the subscriptions that cover the event', async () => {
    const bench = new EventBench();
    class Handlers {
      calls = 0;

      @OnEvent('order.created', { retry: { attempts: 2, backoffMs: 0 } })
      @OnEvent('order.*')
      @OnEvent('**')
      handle(): void {
        if (++this.calls === 1) throw new Error('once');
      }
    }
    const handlers = new Handlers();
    bench.attach('mail', handlers);

    const outcome = shopOf(bench).publishAndWait('order.created', {});
    await bench.clock.advance(1);

    expect(await outcome).toMatchObject([{ status: 'handled', attempts: 2 }]);
    expect(handlers.calls).toBe(2);
  });

  it('that fails is logged with handler, event, ids and cause, and published as panotti.event.failed', async () => {
    const bench = new EventBench();
    const recorder = new FailureRecorder();
    class Handlers {
      context: EventContext | undefined;

      @OnEvent('order.created')
      async handle(_event: object, context: EventContext): Promise<void> {
        this.context = context;
        throw new TypeError('no address');
      }
    }
    const handlers = new Handlers();
    bench.attach('mail', handlers);
    bench.attach('watch', recorder);

    await shopOf(bench).publishAndWait('order.created', {});
    await settle();

    const id = handlers.context?.id;
    expect(recorder.failures).toEqual([
      new EventFailed({
        plugin: 'mail',
        handler: 'Handlers.handle',
        event: 'order.created',
        eventId: id ?? '',
        source: 'shop',
        attempts: 1,
        status: 'failed',
        error: 'TypeError: no address',
      }),
    ]);
    expect(bench.log).toEqual([
      {
        level: 'error',
        message: `Handler Handlers.handle of plugin "mail" failed on "order.created" (event ${id}, correlation ${id}): no address. Given up after 1 attempt.`,
      },
    ]);
  });

  it('of panotti.event.failed that fails is logged, but published no further', async () => {
    const bench = new EventBench();
    class Broken {
      calls = 0;

      @OnEvent('order.created')
      @OnEvent(EventFailed)
      handle(): void {
        this.calls++;
        throw new Error('always');
      }
    }
    const broken = new Broken();
    bench.attach('mail', broken);

    await shopOf(bench).publishAndWait('order.created', {});
    await settle();

    expect(broken.calls).toBe(2);
    expect(bench.log).toHaveLength(2);
  });
});

describe('the deadline of a handler', () => {
  class Hanging {
    readonly gate = new Gate();
    context: EventContext | undefined;
    signal: AbortSignal | undefined;

    @OnEvent('order.created', { timeoutMs: 1_000 })
    async handle(_event: object, context: EventContext): Promise<void> {
      this.context = context;
      this.signal = context.signal;
      await this.gate.passed;
      throw new Error('late');
    }
  }

  it('ends the delivery at its time, aborts the signal, and ignores a late result', async () => {
    const bench = new EventBench();
    const hanging = new Hanging();
    bench.attach('mail', hanging);
    const waiting = shopOf(bench).publishAndWait('order.created', {});

    await bench.clock.advance(999);
    expect(hanging.signal?.aborted).toBe(false);
    await bench.clock.advance(51);
    const outcomes = await waiting;
    hanging.gate.open();
    await settle();

    expect(outcomes).toMatchObject([{ status: 'timed-out', attempts: 1, error: { code: 'EVENT_HANDLER_TIMEOUT' } }]);
    expect(hanging.signal?.reason).toBeInstanceOf(HandlerTimeoutError);
    expect(outcomes).toMatchObject([{ status: 'timed-out' }]);
    expect(bench.log).toHaveLength(1);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('aborts a signal that is first read when it is over', async () => {
    const bench = new EventBench();
    class Reader {
      readonly gate = new Gate();
      aborted: boolean | undefined;

      @OnEvent('order.created')
      async handle(_event: object, context: EventContext): Promise<void> {
        await this.gate.passed;
        this.aborted = context.signal.aborted;
      }
    }
    const reader = new Reader();
    bench.attach('mail', reader);

    await shopOf(bench).publish('order.created', {});
    await bench.clock.advance(30_050);
    reader.gate.open();
    await settle();

    expect(reader.aborted).toBe(true);
  });

  it('uses one timer for very many calls of several deadlines, and none when nothing is under way', async () => {
    const bench = new EventBench();
    const gate = new Gate();
    class Slow {
      @OnEvent('order.created', { timeoutMs: 1_000 })
      handle(): Promise<void> {
        return gate.passed;
      }
    }
    class Slower {
      @OnEvent('order.created', { timeoutMs: 2_000 })
      handle(): Promise<void> {
        return gate.passed;
      }
    }
    bench.attach('mail', new Slow());
    bench.attach('print', new Slower());
    const events = shopOf(bench);

    for (let count = 0; count < 1_000; count++) await events.publish('order.created', {});
    expect(bench.clock.pendingTimers).toBe(1);
    gate.open();
    await bench.clock.advance(40);

    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('does not count time in which the event loop stood still before the call', async () => {
    const bench = new EventBench();
    const hanging = new Hanging();
    bench.attach('mail', hanging);
    const events = shopOf(bench);
    void events.publish('order.created', {});
    await bench.clock.advance(990);
    const second = events.publishAndWait('order.created', {});
    let isOver = false;
    void second.then(() => (isOver = true));

    await bench.clock.advance(60);
    expect(isOver).toBe(false);
    await bench.clock.advance(980);
    expect(isOver).toBe(true);
  });
});

describe('a retried handler', () => {
  class Flaky {
    attempts: number[] = [];
    failures = Infinity;
    error: Error = new Error('busy');

    @OnEvent('order.created', { retry: { attempts: 4, backoffMs: 100, maxBackoffMs: 150, final: [RangeError] } })
    async handle(_event: object, context: EventContext): Promise<void> {
      this.attempts.push(context.attempt);
      if (this.attempts.length <= this.failures) throw this.error;
    }
  }

  it('is called again after growing waits, until it succeeds', async () => {
    const bench = new EventBench();
    const flaky = Object.assign(new Flaky(), { failures: 2 });
    bench.attach('mail', flaky);

    const waiting = shopOf(bench).publishAndWait('order.created', {});
    await bench.clock.advance(100);
    await bench.clock.advance(150);

    expect(await waiting).toMatchObject([{ status: 'handled', attempts: 3 }]);
    expect(flaky.attempts).toEqual([1, 2, 3]);
    expect(
      bench.log.map(({ level, message }) => [
        level,
        message.replaceAll(/[\w-]{36}/g, 'ID').replace(/in \d+ ms/, 'in N ms'),
      ]),
    ).toEqual([
      [
        'warn',
        'Handler Flaky.handle of plugin "mail" failed on "order.created" (event ID, correlation ID): busy. Attempt 1 of 4, the next one in N ms.',
      ],
      [
        'warn',
        'Handler Flaky.handle of plugin "mail" failed on "order.created" (event ID, correlation ID): busy. Attempt 2 of 4, the next one in N ms.',
      ],
    ]);
  });

  it('fails once its attempts are used up, and is reported once', async () => {
    const bench = new EventBench();
    const flaky = new Flaky();
    const recorder = new FailureRecorder();
    bench.attach('mail', flaky);
    bench.attach('watch', recorder);

    const waiting = shopOf(bench).publishAndWait('order.created', {});
    await bench.clock.advance(400);

    expect(await waiting).toMatchObject([{ status: 'failed', attempts: 4, error: flaky.error }]);
    expect(recorder.failures).toMatchObject([{ attempts: 4 }]);
  });

  it('is not called again after an error that is final', async () => {
    const bench = new EventBench();
    const flaky = Object.assign(new Flaky(), { error: new RangeError('never') });
    bench.attach('mail', flaky);

    expect(await shopOf(bench).publishAndWait('order.created', {})).toMatchObject([{ status: 'failed', attempts: 1 }]);
    expect(bench.clock.pendingTimers).toBe(1); // The sweep of deadlines, which ends with its next tick.
  });

  it('never waits longer than planned', async () => {
    const bench = new EventBench();
    const flaky = new Flaky();
    bench.attach('mail', flaky);

    for (let round = 0; round < 50; round++) {
      flaky.attempts = [];
      void shopOf(bench).publish('order.created', {});
      await bench.clock.advance(100);
      expect(flaky.attempts.length).toBeGreaterThanOrEqual(2);
      await bench.clock.advance(300);
      expect(flaky.attempts).toEqual([1, 2, 3, 4]);
    }
  });
});
