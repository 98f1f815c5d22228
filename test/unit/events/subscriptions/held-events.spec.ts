import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { OnEvent, type Attachment, type DeliveryOutcome, type PluginEvents } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { activeContext } from '../../../../src/telemetry/index.js';
import { settle } from '../../../support/fake-clock.js';
import { waitFor } from '../../../support/wait-for.js';
import { EventBench, Gate } from '../event-bench.js';

class Worker {
  readonly seen: unknown[] = [];
  readonly contexts: EventContext[] = [];

  @OnEvent('job.made')
  handle(job: unknown, context: EventContext): void {
    this.seen.push(job);
    this.contexts.push(context);
  }
}

class Slow {
  readonly gate = new Gate();
  readonly seen: unknown[] = [];

  @OnEvent('job.made')
  async handle(job: unknown): Promise<void> {
    this.seen.push(job);
    await this.gate.passed;
  }
}

/** One handler of each policy, closed until its gate opens. */
class Policies {
  readonly gate = new Gate();
  readonly calls: string[] = [];

  @OnEvent('job.made', { concurrency: 1 })
  async limited(job: number, { attempt }: EventContext): Promise<void> {
    this.calls.push(`limited ${job} ${attempt}`);
    await this.gate.passed;
  }

  @OnEvent('job.made', { key: () => 'same' })
  async keyed(job: number, { attempt }: EventContext): Promise<void> {
    this.calls.push(`keyed ${job} ${attempt}`);
    await this.gate.passed;
  }

  @OnEvent('job.made', { retry: { attempts: 3, backoffMs: 10_000 } })
  async retried(job: number, { attempt }: EventContext): Promise<void> {
    this.calls.push(`retried ${job} ${attempt}`);
    if (attempt === 1) throw new Error('busy');
  }

  @OnEvent('job.made', { batch: { size: 3, waitMs: 10_000 } })
  async batched(jobs: number[]): Promise<void> {
    this.calls.push(`batched ${jobs.join(' ')}`);
  }
}

setFlagsFromString('--expose-gc');
// A new context has the `gc` that the flag brings; the running one was made before.
const collectGarbage: () => void = runInNewContext('gc');

type Step = 'publish' | 'turn' | 'restart' | 'fail to start';

function publisherOf(bench: EventBench): PluginEvents {
  return bench.bus.publisherFor({ name: 'shop', emits: ['job.made'] });
}

function statuses(outcomes: readonly DeliveryOutcome[][]): string[][] {
  return outcomes.map((each) => each.map(({ handler, status, attempts }) => `${handler} ${status} ${attempts}`));
}

async function metric(bench: EventBench, name: string): Promise<string[]> {
  const text = await bench.registry.getSingleMetricAsString(name);
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('the events of a plugin that restarts', () => {
  it('come to its fresh instance in their order and before newer ones, those included that were on their way', async () => {
    const bench = new EventBench();
    const [before, after] = [new Worker(), new Worker()];
    const old = bench.attach('mail', before);
    const events = publisherOf(bench);
    await events.publishAndWait('job.made', 1);

    void events.publish('job.made', 2);
    const held = bench.bus.hold(old);
    void events.publish('job.made', 3);
    await settle();
    void events.publish('job.made', 4);
    const fresh = bench.attach('mail', after);
    void events.publish('job.made', 5);
    await settle();
    expect([before.seen, after.seen]).toEqual([[1], []]);
    void events.publish('job.made', 6);
    held.release(fresh);
    void events.publish('job.made', 7);
    await settle();

    expect([before.seen, after.seen]).toEqual([[1], [2, 3, 4, 5, 6, 7]]);
    expect(held.size).toBe(0);
    expect(bench.log).toEqual([]);
  });

  it('reach it each once and in order whatever the order of restarts, failed starts and publications', async () => {
    class Recorder {
      constructor(private readonly seen: Record<string, number[]>) {}

      @OnEvent('job.made')
      plain(job: number): void {
        this.note('plain', job);
      }

      @OnEvent('job.made', { key: (job) => String(Number(job) % 2), retry: { attempts: 2, backoffMs: 10 } })
      async keyed(job: number, { attempt }: EventContext): Promise<void> {
        await settle();
        if (job % 5 === 0 && attempt === 1) throw new Error('once');
        this.note(`keyed ${job % 2}`, job);
      }

      private note(key: string, job: number): void {
        (this.seen[key] ??= []).push(job);
      }
    }
    const step = fc.constantFrom<Step>('publish', 'publish', 'publish', 'restart', 'fail to start', 'turn');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const bench = new EventBench();
        const seen: Record<string, number[]> = { plain: [], 'keyed 0': [], 'keyed 1': [] };
        const events = publisherOf(bench);
        let attachment: Attachment = bench.attach('mail', new Recorder(seen));
        const waiting: Promise<DeliveryOutcome[]>[] = [];
        const run: Record<Step, () => Promise<void>> = {
          publish: async () => void waiting.push(events.publishAndWait('job.made', waiting.length)),
          turn: () => bench.clock.advance(5),
          restart: async () => {
            const held = bench.bus.hold(attachment);
            await attachment.drain(1_000);
            attachment = bench.attach('mail', new Recorder(seen));
            held.release(attachment);
          },
          'fail to start': async () => {
            const held = bench.bus.hold(attachment);
            await attachment.drain(1_000);
            const failed = bench.attach('mail', new Recorder(seen));
            await run.publish();
            failed.close();
            await run.publish();
            attachment = bench.attach('mail', new Recorder(seen));
            held.release(attachment);
          },
        };
        for (const each of steps) await run[each]();
        await bench.clock.advance(1_000);

        const outcomes = await Promise.all(waiting);
        expect(outcomes.flat().every(({ status }) => status === 'handled')).toBe(true);
        const jobs = waiting.map((_, job) => job);
        expect(seen).toEqual({
          plain: jobs,
          'keyed 0': jobs.filter((job) => job % 2 === 0),
          'keyed 1': jobs.filter((job) => job % 2 === 1),
        });
        expect(await metric(bench, 'panotti_events_held')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('keep their waiting publishers waiting until they are delivered', async () => {
    const bench = new EventBench();
    const old = bench.attach('mail', new Worker());
    bench.attach('print', new Worker());
    const held = bench.bus.hold(old);
    let outcomes: DeliveryOutcome[] | undefined;
    void publisherOf(bench)
      .publishAndWait('job.made', 1)
      .then((result) => (outcomes = result));
    await bench.clock.advance(60_000);
    expect(outcomes).toBeUndefined();

    held.release(bench.attach('mail', new Worker()));
    await settle();

    const handled = { handler: 'Worker.handle', status: 'handled', attempts: 1, error: undefined };
    expect(outcomes).toEqual([
      { plugin: 'mail', ...handled, durationMs: undefined },
      { plugin: 'print', ...handled, durationMs: undefined },
    ]);
  });

  it('report a failure of the fresh handler to the publishers that wait for them', async () => {
    const bench = new EventBench();
    const classOf = (handle: () => void) => {
      class Handlers {
        @OnEvent('job.made')
        handle(): void {
          handle();
        }
      }
      return new Handlers();
    };
    const ok = (): void => undefined;
    const old = bench.attach('mail', classOf(ok), classOf(ok));
    const held = bench.bus.hold(old);
    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    await settle();
    const fails = (): never => {
      throw new Error('no');
    };

    held.release(bench.attach('mail', classOf(ok), classOf(fails)));

    expect(statuses([await waiting])).toEqual([['Handlers.handle handled 1', 'Handlers.handle failed 1']]);
  });

  it('are delivered in the context in which they were published', async () => {
    const bench = new EventBench();
    const elsewhere = new AsyncLocalStorage<string>();
    const found: unknown[] = [];
    class Reader {
      @OnEvent('job.made')
      handle(_job: unknown, { id }: EventContext): void {
        found.push([activeContext()?.plugin, activeContext()?.eventId === id, elsewhere.getStore()]);
      }
    }
    const held = bench.bus.hold(bench.attach('mail', new Reader()));
    elsewhere.run('publisher', () => void publisherOf(bench).publish('job.made', 1));
    await settle();

    elsewhere.run('restart', () => held.release(bench.attach('mail', new Reader())));

    expect(found).toEqual([['mail', true, 'publisher']]);
  });

  it('do not wait for what runs in the old instance, which drains as for any stop', async () => {
    const bench = new EventBench();
    const [before, after] = [new Slow(), new Slow()];
    const old = bench.attach('mail', before);
    const events = publisherOf(bench);
    const waiting = [events.publishAndWait('job.made', 1)];
    await settle();
    const held = bench.bus.hold(old);
    waiting.push(events.publishAndWait('job.made', 2));
    const drained = old.drain(5_000);
    await settle();
    expect([old.open, held.size]).toEqual([1, 1]);

    before.gate.open();
    expect(await drained).toEqual({ abandoned: 0 });
    held.release(bench.attach('mail', after));
    after.gate.open();

    expect(statuses(await Promise.all(waiting))).toEqual([['Slow.handle handled 1'], ['Slow.handle handled 1']]);
    expect([before.seen, after.seen]).toEqual([[1], [2]]);
  });

  it('include what waited for a place, its key, a retry or a batch, with the attempts that were made', async () => {
    const bench = new EventBench();
    const [before, after] = [new Policies(), new Policies()];
    const old = bench.attach('mail', before);
    const events = publisherOf(bench);
    const waiting = [1, 2].map((job) => events.publishAndWait('job.made', job));
    await settle();
    expect(before.calls).toEqual(['limited 1 1', 'keyed 1 1', 'retried 1 1', 'retried 2 1']);

    const held = bench.bus.hold(old);
    waiting.push(events.publishAndWait('job.made', 3));
    before.gate.open();
    expect(await old.drain(1_000)).toEqual({ abandoned: 0 });
    after.gate.open();
    held.release(bench.attach('mail', after));
    await settle();
    await bench.clock.advance(10_000);

    expect(after.calls.toSorted()).toEqual([
      'batched 1 2 3',
      'keyed 2 1',
      'keyed 3 1',
      'limited 2 1',
      'limited 3 1',
      'retried 1 2',
      'retried 2 2',
      'retried 3 1',
      'retried 3 2',
    ]);
    const handled = (retried: number) => [
      'Policies.limited handled 1',
      'Policies.keyed handled 1',
      `Policies.retried handled ${retried}`,
      'Policies.batched handled 1',
    ];
    expect(statuses(await Promise.all(waiting))).toEqual([handled(2), handled(2), handled(2)]);
    await bench.clock.advance(20);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('include one whose attempt fails during the drain, if it has attempts left', async () => {
    const bench = new EventBench();
    class Late {
      readonly gate = new Gate();

      @OnEvent('job.made', { retry: { attempts: 2 } })
      async handle(_job: unknown, { attempt }: EventContext): Promise<void> {
        await this.gate.passed;
        if (attempt === 1) throw new Error('late');
      }
    }
    const [before, after] = [new Late(), new Late()];
    const old = bench.attach('mail', before);
    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    await settle();
    const held = bench.bus.hold(old);
    const drained = old.drain(1_000);
    before.gate.open();
    expect([await drained, held.size]).toEqual([{ abandoned: 0 }, 1]);
    after.gate.open();
    held.release(bench.attach('mail', after));

    expect(await waiting).toMatchObject([{ status: 'handled', attempts: 2 }]);
    expect(bench.log.map(({ message }) => message)).toEqual([
      expect.stringMatching(/late\. Attempt 1 of 2, the next one after the restart of its plugin\.$/),
    ]);
  });

  it('stay held when the fresh instance stops before it was ready', async () => {
    const bench = new EventBench();
    const [failed, after] = [new Worker(), new Worker()];
    const events = publisherOf(bench);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    void events.publish('job.made', 1);
    const attachment = bench.attach('mail', failed);
    void events.publish('job.made', 2);
    attachment.close();
    void events.publish('job.made', 3);
    await settle();
    held.release(attachment);
    expect([failed.seen, held.size]).toEqual([[], 3]);

    held.release(bench.attach('mail', after));

    expect(after.seen).toEqual([1, 2, 3]);
  });

  it('are held again when it restarts again', async () => {
    const bench = new EventBench();
    const events = publisherOf(bench);
    const first = bench.bus.hold(bench.attach('mail', new Worker()));
    void events.publish('job.made', 1);
    await settle();
    const second = bench.attach('mail', new Worker());
    expect(bench.bus.hold(second)).toBe(first);
    const third = bench.attach('mail', new Worker());
    first.release(third);
    const again = bench.bus.hold(third);
    void events.publish('job.made', 2);
    await settle();
    expect([again === first, again.size]).toEqual([false, 1]);
    const last = new Worker();
    again.release(bench.attach('mail', last));
    again.release(third);

    expect(last.seen).toEqual([2]);
  });

  it('are not taken from the handlers of other plugins', async () => {
    const bench = new EventBench();
    const other = new Worker();
    bench.attach('print', other);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    await publisherOf(bench).publish('job.made', 1);
    await settle();

    expect([other.seen, held.size]).toEqual([[1], 1]);
    expect(() => held.release(bench.attach('fax', new Worker()))).toThrow(RangeError);
  });

  it('are refused beyond the limit, the newest first, with one line in the log', async () => {
    const bench = new EventBench({ heldLimit: 2 });
    const after = new Worker();
    const events = publisherOf(bench);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    const waiting = [1, 2, 3, 4].map((job) => events.publishAndWait('job.made', job));
    await settle();
    expect(held.size).toBe(2);
    expect(await metric(bench, 'panotti_events_held')).toEqual(['panotti_events_held{plugin="mail"} 2']);
    held.release(bench.attach('mail', after));

    expect(after.seen).toEqual([1, 2]);
    expect(statuses(await Promise.all(waiting)).flat()).toEqual([
      'Worker.handle handled 1',
      'Worker.handle handled 1',
      'Worker.handle abandoned 0',
      'Worker.handle abandoned 0',
    ]);
    expect(await metric(bench, 'panotti_events_dropped_total')).toEqual([
      'panotti_events_dropped_total{plugin="mail"} 2',
    ]);
    expect(bench.log).toEqual([
      {
        level: 'warn',
        message:
          'Plugin "mail" holds 2 event deliveries for its restart, as many as events.heldLimit allows; newer ones are dropped until it runs.',
      },
    ]);
  });

  it('are dropped and counted under the policy "drop"', async () => {
    const bench = new EventBench({ whileRestarting: 'drop' });
    const after = new Worker();
    const events = publisherOf(bench);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    const waiting = [1, 2].map((job) => events.publishAndWait('job.made', job));

    expect(statuses(await Promise.all(waiting)).flat()).toEqual([
      'Worker.handle abandoned 0',
      'Worker.handle abandoned 0',
    ]);
    held.release(bench.attach('mail', after));
    await events.publishAndWait('job.made', 3);
    expect(after.seen).toEqual([3]);
    expect(await metric(bench, 'panotti_events_dropped_total')).toEqual([
      'panotti_events_dropped_total{plugin="mail"} 2',
    ]);
    expect(bench.log.map(({ message }) => message)).toEqual([
      'Plugin "mail" missed 2 event deliveries while it restarted, because events.whileRestarting is "drop".',
    ]);
  });

  it('are dropped with one line in the log when it does not come back, and nothing is held from then on', async () => {
    const bench = new EventBench();
    const events = publisherOf(bench);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    const waiting = events.publishAndWait('job.made', 1);
    await settle();
    const onItsWay = events.publishAndWait('job.made', 2);

    expect([held.drop(), held.drop()]).toEqual([1, 0]);
    expect(statuses(await Promise.all([waiting, onItsWay]))).toEqual([
      ['Worker.handle abandoned 0'],
      ['Worker.handle abandoned 0'],
    ]);
    expect(await events.publishAndWait('job.made', 3)).toEqual([]);
    expect(await metric(bench, 'panotti_events_dropped_total')).toEqual([
      'panotti_events_dropped_total{plugin="mail"} 2',
    ]);
    expect(await metric(bench, 'panotti_events_held')).toEqual([]);
    const restarted = new Worker();
    bench.attach('mail', restarted);
    await events.publishAndWait('job.made', 4);
    expect(restarted.seen).toEqual([4]);
    expect(bench.log.map(({ message }) => message)).toEqual([
      'Plugin "mail" dropped 1 event delivery held for its restart, because it does not run again.',
    ]);
  });

  it('are dropped, and a fresh instance that is there already gets what comes from then on', async () => {
    const bench = new EventBench();
    const fresh = new Worker();
    const events = publisherOf(bench);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    const onItsWay = events.publishAndWait('job.made', 1);
    bench.attach('mail', fresh);
    held.drop();
    const waiting = events.publishAndWait('job.made', 2);

    expect(statuses(await Promise.all([onItsWay, waiting]))).toEqual([
      ['Worker.handle abandoned 0'],
      ['Worker.handle handled 1'],
    ]);
    expect(fresh.seen).toEqual([2]);
    expect(bench.log).toEqual([]);
  });

  it('are dropped with one line in the log where the fresh instance has no such handler', async () => {
    const bench = new EventBench();
    class Reduced {
      readonly seen: unknown[] = [];

      @OnEvent('job.*')
      handle(job: unknown): void {
        this.seen.push(job);
      }
    }
    const after = new Reduced();
    const events = publisherOf(bench);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    const waiting = [1, 2].map((job) => events.publishAndWait('job.made', job));
    await settle();
    const fresh = bench.attach('mail', after);
    waiting.push(events.publishAndWait('job.made', 3));
    await settle();
    held.release(fresh);

    expect(statuses(await Promise.all(waiting)).flat()).toEqual([
      'Worker.handle abandoned 0',
      'Worker.handle abandoned 0',
      'Reduced.handle handled 1',
    ]);
    expect(after.seen).toEqual([3]);
    expect(await metric(bench, 'panotti_events_dropped_total')).toEqual([
      'panotti_events_dropped_total{plugin="mail"} 2',
    ]);
    expect(bench.log.map(({ message }) => message)).toEqual([
      'Plugin "mail" dropped 2 event deliveries held for handlers that it no longer has: Worker.handle (job.made).',
    ]);
  });

  it('keep no instance that came and went alive, also where an older one is still referenced', async () => {
    const bench = new EventBench();
    const attachments = [bench.attach('mail', new Worker())];
    const instances: WeakRef<Worker>[] = [];
    for (let restart = 0; restart < 3; restart++) {
      const held = bench.bus.hold(attachments.at(-1) as Attachment);
      const worker = new Worker();
      instances.push(new WeakRef(worker));
      attachments.push(bench.attach('mail', worker));
      held.release(attachments.at(-1) as Attachment);
    }
    // The first and the last stay: whoever has the first must not have those in between with it.
    attachments.splice(1, 2);
    await waitFor(() => {
      collectGarbage();
      return instances.slice(0, 2).every((instance) => instance.deref() === undefined);
    });

    expect([attachments.length, instances[2]?.deref()?.seen]).toEqual([2, []]);
  });

  it('do not count the time of the restart as time of the handler', async () => {
    const bench = new EventBench();
    await bench.clock.advance(1_000);
    const held = bench.bus.hold(bench.attach('mail', new Worker()));
    void publisherOf(bench).publish('job.made', 1);
    await bench.clock.advance(60_000);
    held.release(bench.attach('mail', new Worker()));
    await settle();

    expect(
      (await metric(bench, 'panotti_event_handler_duration_seconds')).filter((line) => line.includes('_count')),
    ).toEqual([
      'panotti_event_handler_duration_seconds_count{plugin="mail",handler="Worker.handle",event="job.made"} 0',
    ]);
  });
});
