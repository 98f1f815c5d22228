import { DeliveryAbandonedError, OnEvent, type PluginEvents } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { settle } from '../../../support/fake-clock.js';
import { EventBench, Gate } from '../event-bench.js';

class Worker {
  readonly gate = new Gate();
  readonly seen: unknown[] = [];
  signal: AbortSignal | undefined;

  @OnEvent('job.made')
  async plain(job: unknown, context: EventContext): Promise<void> {
    this.seen.push(job);
    this.signal = context.signal;
    await this.gate.passed;
  }
}

class Policies {
  readonly gate = new Gate();
  calls = 0;

  @OnEvent('job.made', { concurrency: 1 })
  async limited(): Promise<void> {
    this.calls++;
    await this.gate.passed;
  }

  @OnEvent('job.made', { key: () => 'same' })
  async keyed(): Promise<void> {
    this.calls++;
    await this.gate.passed;
  }

  @OnEvent('job.made', { retry: { attempts: 9, backoffMs: 10_000 } })
  async retried(): Promise<void> {
    this.calls++;
    throw new Error('busy');
  }

  @OnEvent('job.made', { batch: { size: 100, waitMs: 10_000 } })
  async batched(): Promise<void> {
    this.calls++;
  }
}

function publisherOf(bench: EventBench): PluginEvents {
  return bench.bus.publisherFor({ name: 'shop', emits: ['job.made'] });
}

describe('a plugin that stops', () => {
  it('gets nothing new, and what runs may end', async () => {
    const bench = new EventBench();
    const worker = new Worker();
    const attachment = bench.attach('mail', worker);
    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    await settle();

    attachment.close();
    const drained = attachment.drain(5_000);
    expect(await publisherOf(bench).publishAndWait('job.made', 2)).toEqual([]);
    worker.gate.open();

    expect(await drained).toEqual({ abandoned: 0 });
    expect(await waiting).toMatchObject([{ status: 'handled' }]);
    expect(worker.seen).toEqual([1]);
    await bench.clock.advance(20);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('gets nothing that was published in the same turn but not yet delivered', async () => {
    const bench = new EventBench();
    const worker = new Worker();
    const attachment = bench.attach('mail', worker);

    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    attachment.close();

    expect(await waiting).toMatchObject([{ status: 'abandoned', attempts: 0 }]);
    expect(worker.seen).toEqual([]);
  });

  it('has what still runs aborted at the end of its drain', async () => {
    const bench = new EventBench();
    const worker = new Worker();
    const attachment = bench.attach('mail', worker);
    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    await settle();

    const drained = attachment.drain(5_000);
    await bench.clock.advance(4_999);
    expect(worker.signal?.aborted).toBe(false);
    await bench.clock.advance(1);

    expect(await drained).toEqual({ abandoned: 1 });
    expect(worker.signal?.reason).toBeInstanceOf(DeliveryAbandonedError);
    expect(await waiting).toMatchObject([
      { status: 'abandoned', attempts: 1, error: { code: 'EVENT_DELIVERY_ABANDONED' } },
    ]);
    worker.gate.open();
    await settle();
    expect(bench.log).toEqual([]);
  });

  it('abandons at once what waits for a place, its key, a retry or a batch', async () => {
    const bench = new EventBench();
    const policies = new Policies();
    const attachment = bench.attach('mail', policies);
    const waiting = [1, 2].map((job) => publisherOf(bench).publishAndWait('job.made', job));
    await settle();
    expect(policies.calls).toBe(4);

    attachment.close();
    policies.gate.open();
    const outcomes = await Promise.all(waiting);

    expect(
      outcomes.map((each) => each.map(({ handler, status, attempts }) => `${handler} ${status} ${attempts}`)),
    ).toEqual([
      [
        'Policies.limited handled 1',
        'Policies.keyed handled 1',
        'Policies.retried abandoned 1',
        'Policies.batched abandoned 0',
      ],
      [
        'Policies.limited abandoned 0',
        'Policies.keyed abandoned 0',
        'Policies.retried abandoned 1',
        'Policies.batched abandoned 0',
      ],
    ]);
    expect(await attachment.drain(1_000)).toEqual({ abandoned: 6 });
    await bench.clock.advance(20_000);
    expect({ calls: policies.calls, timers: bench.clock.pendingTimers }).toEqual({ calls: 4, timers: 0 });
  });

  it('leaves the handlers of other plugins alone', async () => {
    const bench = new EventBench();
    const [stopped, other] = [new Worker(), new Worker()];
    const attachment = bench.attach('mail', stopped);
    bench.attach('print', other);
    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    await settle();

    const drained = attachment.drain(0);
    await bench.clock.advance(0);
    await drained;
    expect(other.signal?.aborted).toBe(false);
    other.gate.open();

    expect(await waiting).toMatchObject([{ status: 'abandoned' }, { status: 'handled' }]);
  });

  it('does not retry what fails while it drains', async () => {
    const bench = new EventBench();
    class Late {
      readonly gate = new Gate();

      @OnEvent('job.made', { retry: { attempts: 5 } })
      async handle(): Promise<void> {
        await this.gate.passed;
        throw new Error('late');
      }
    }
    const late = new Late();
    const attachment = bench.attach('mail', late);
    const waiting = publisherOf(bench).publishAndWait('job.made', 1);
    await settle();

    attachment.close();
    late.gate.open();

    expect(await waiting).toMatchObject([{ status: 'failed', attempts: 1 }]);
  });
});
