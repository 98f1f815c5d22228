import fc from 'fast-check';
import { EventQueueFullError, OnEvent, type PluginEvents } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { settle } from '../../../support/fake-clock.js';
import { EventBench, Gate } from '../event-bench.js';

interface Step {
  readonly key: string;
  readonly index: number;
  /** How often its handler throws before it succeeds. */
  readonly failures: number;
  readonly turns: number;
}

function publisherOf(bench: EventBench): PluginEvents {
  return bench.bus.publisherFor({ name: 'shop', emits: ['step.made'] });
}

describe('a concurrency limit', () => {
  class Limited {
    running = 0;
    most = 0;
    readonly order: number[] = [];
    readonly gates: Gate[] = [];

    @OnEvent('step.made', { concurrency: 2 })
    async handle(index: number): Promise<void> {
      this.most = Math.max(this.most, ++this.running);
      this.order.push(index);
      const gate = new Gate();
      this.gates.push(gate);
      await gate.passed;
      this.running--;
    }
  }

  it('is kept, and those who wait go in the order of publishing', async () => {
    const bench = new EventBench();
    const limited = new Limited();
    bench.attach('mail', limited);

    for (let index = 0; index < 6; index++) await publisherOf(bench).publish('step.made', index);
    for (let index = 0; index < 6; index++) {
      limited.gates[index]?.open();
      await settle();
    }

    expect({ most: limited.most, order: limited.order }).toEqual({ most: 2, order: [0, 1, 2, 3, 4, 5] });
  });

  it('frees the place of a call that has not come back by its second deadline', async () => {
    const bench = new EventBench();
    const limited = new Limited();
    bench.attach('mail', limited);

    const waiting = [0, 1, 2].map((index) => publisherOf(bench).publishAndWait('step.made', index));
    await bench.clock.advance(59_990);
    expect(limited.order).toEqual([0, 1]);
    await bench.clock.advance(100);
    expect(limited.order).toEqual([0, 1, 2]);
    limited.gates[2]?.open();

    expect((await Promise.all(waiting)).map(([outcome]) => outcome?.status)).toEqual([
      'timed-out',
      'timed-out',
      'handled',
    ]);
  });

  it('does not nest when handlers end at once', async () => {
    const bench = new EventBench();
    class Quick {
      readonly gate = new Gate();
      count = 0;

      @OnEvent('step.made', { concurrency: 1 })
      handle(): Promise<void> | undefined {
        return this.count++ === 0 ? this.gate.passed : undefined;
      }
    }
    const quick = new Quick();
    bench.attach('mail', quick);
    const events = publisherOf(bench);

    await Promise.all(Array.from({ length: 9_000 }, () => events.publish('step.made', {})));
    quick.gate.open();
    await settle();

    expect(quick.count).toBe(9_000);
  });
});

describe('the limit of open events', () => {
  it('fails what is too much for that handler alone, counts all of it and logs the first', async () => {
    const bench = new EventBench({ queueLimit: 3 });
    class Slow {
      readonly gate = new Gate();

      @OnEvent('step.made')
      async plain(): Promise<void> {
        await this.gate.passed;
      }

      @OnEvent('step.made')
      other(): void {}

      @OnEvent('step.made', { concurrency: 1 })
      async limited(): Promise<void> {
        await this.gate.passed;
      }
    }
    const slow = new Slow();
    bench.attach('mail', slow);
    const events = publisherOf(bench);

    const waiting = Array.from({ length: 5 }, () => events.publishAndWait('step.made', {}));
    await settle();
    slow.gate.open();
    const outcomes = await Promise.all(waiting);

    expect(outcomes.map((each) => each.map(({ status }) => status))).toEqual([
      ['handled', 'handled', 'handled'],
      ['handled', 'handled', 'handled'],
      ['handled', 'handled', 'handled'],
      ['failed', 'handled', 'failed'],
      ['failed', 'handled', 'failed'],
    ]);
    expect(outcomes[3]?.[0]).toMatchObject({ attempts: 0, error: expect.any(EventQueueFullError) as unknown });
    expect(bench.log).toHaveLength(2);
    expect(await bench.registry.getSingleMetricAsString('panotti_event_deliveries_total')).toContain(
      'panotti_event_deliveries_total{plugin="mail",handler="Slow.plain",event="step.made",outcome="failed"} 2',
    );
  });
});

describe('an ordering key', () => {
  class Keyed {
    readonly seen = new Map<string, string[]>();
    readonly tries = new Map<number, number>();

    @OnEvent('step.made', { key: (step: Step) => step.key, retry: { attempts: 4, backoffMs: 40 }, concurrency: 3 })
    async handle(step: Step): Promise<void> {
      const lines = this.seen.get(step.key) ?? [];
      this.seen.set(step.key, lines);
      lines.push(`begin ${step.index}`);
      for (let turn = 0; turn < step.turns; turn++) await Promise.resolve();
      const tries = (this.tries.get(step.index) ?? 0) + 1;
      this.tries.set(step.index, tries);
      lines.push(tries <= step.failures ? `fail ${step.index}` : `end ${step.index}`);
      if (tries <= step.failures) throw new Error('again');
    }
  }

  it('keeps events of the same key strictly one after the other, whatever fails and is retried between', async () => {
    const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), failures: fc.nat(3), turns: fc.nat(4) }), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const bench = new EventBench();
        const keyed = new Keyed();
        bench.attach('mail', keyed);
        const events = publisherOf(bench);
        for (const [index, step] of drawn.entries()) await events.publish('step.made', { ...step, index });
        await bench.clock.advance(20 * 300);

        for (const [key, lines] of keyed.seen) {
          const own = drawn.map((step, index) => ({ ...step, index })).filter((step) => step.key === key);
          const expected = own.flatMap(({ index, failures }) =>
            Array.from({ length: failures }, () => [`begin ${index}`, `fail ${index}`])
              .flat()
              .concat(`begin ${index}`, `end ${index}`),
          );
          expect(lines).toEqual(expected);
        }
        expect([...keyed.seen.values()].flat().filter((line) => line.startsWith('end'))).toHaveLength(drawn.length);
      }),
      { numRuns: 15 },
    );
  });

  it('does not let one key wait for another', async () => {
    const bench = new EventBench();
    const order: string[] = [];
    const gate = new Gate();
    class Handlers {
      @OnEvent('step.made', { key: (event: { readonly key: string }) => event.key })
      async handle({ key }: { readonly key: string }): Promise<void> {
        order.push(key);
        if (key === 'slow') await gate.passed;
      }
    }
    bench.attach('mail', new Handlers());

    for (const key of ['slow', 'slow', 'quick']) await publisherOf(bench).publish('step.made', { key });
    expect(order).toEqual(['slow', 'quick']);
    gate.open();
    await settle();
    expect(order).toEqual(['slow', 'quick', 'slow']);
  });

  it('that throws fails its delivery alone', async () => {
    const bench = new EventBench();
    class Handlers {
      @OnEvent('step.made', { key: (event: Step) => event.key.trim() })
      handle(): void {}
    }
    bench.attach('mail', new Handlers());

    expect(await publisherOf(bench).publishAndWait('step.made', {})).toMatchObject([
      { status: 'failed', attempts: 0, error: expect.any(TypeError) as unknown },
    ]);
    expect(await publisherOf(bench).publishAndWait('step.made', { key: 'a' })).toMatchObject([{ status: 'handled' }]);
  });
});

describe('a batch', () => {
  class Batched {
    readonly batches: { events: unknown[]; id: string; attempt: number }[] = [];
    failures = 0;

    @OnEvent('step.made', { batch: { size: 3, waitMs: 50 }, retry: { attempts: 2, backoffMs: 10 } })
    async handle(events: unknown[], context: EventContext): Promise<void> {
      this.batches.push({ events, id: context.id, attempt: context.attempt });
      if (this.failures-- > 0) throw new Error('busy');
    }
  }

  it('is handled when it is full, or when its first event has waited long enough', async () => {
    const bench = new EventBench();
    const batched = new Batched();
    bench.attach('mail', batched);
    const events = publisherOf(bench);

    const waiting = [1, 2, 3, 4, 5].map((number) => events.publishAndWait('step.made', number));
    await bench.clock.advance(49);
    expect(batched.batches.map((batch) => batch.events)).toEqual([[1, 2, 3]]);
    await bench.clock.advance(1);

    expect(batched.batches.map((batch) => batch.events)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect((await Promise.all(waiting)).map(([outcome]) => outcome?.status)).toEqual(Array(5).fill('handled'));
  });

  it.each([
    ['one event always fails', [2], 3],
    ['all events always fail', [1, 2, 3], 3],
    ['the handler fails once', [], 3],
  ])('is tried again each event alone, so that none fails because of another: %s', async (_, bad, count) => {
    const bench = new EventBench();
    const calls: { taken: unknown[]; attempt: number }[] = [];
    class Picky {
      @OnEvent('step.made', { batch: { size: 3, waitMs: 50 }, retry: { attempts: 3, backoffMs: 10 } })
      handle(taken: unknown[], { attempt }: EventContext): void {
        calls.push({ taken, attempt });
        if (calls.length === 1 || taken.some((event) => bad.includes(event as number))) throw new Error('busy');
      }
    }
    bench.attach('mail', new Picky());
    const events = publisherOf(bench);
    const waiting = [1, 2, 3].map((number) => events.publishAndWait('step.made', number));
    await bench.clock.advance(1_000);

    expect(calls[0]).toEqual({ taken: [1, 2, 3], attempt: 1 });
    expect(calls.slice(1).filter(({ taken }) => taken.length > 1)).toEqual([]);
    const outcomes = (await Promise.all(waiting)).map(([outcome]) => `${outcome?.status} ${outcome?.attempts}`);
    expect(outcomes).toEqual([1, 2, 3].map((event) => (bad.includes(event) ? `failed ${count}` : 'handled 2')));
  });

  it('is called once where the policy has one attempt', async () => {
    const bench = new EventBench();
    class Once {
      calls = 0;

      @OnEvent('step.made', { batch: { size: 3, waitMs: 50 } })
      handle(): void {
        this.calls++;
        throw new Error('busy');
      }
    }
    const once = new Once();
    bench.attach('mail', once);
    const waiting = [1, 2, 3].map((number) => publisherOf(bench).publishAndWait('step.made', number));
    await bench.clock.advance(1_000);
    expect((await Promise.all(waiting)).map(([outcome]) => `${outcome?.status} ${outcome?.attempts}`)).toEqual(
      Array(3).fill('failed 1'),
    );
    expect(once.calls).toBe(1);
  });
});
