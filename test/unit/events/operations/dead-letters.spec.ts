import {
  EventContract,
  OnEvent,
  StoredSubscriptions,
  type EventDeadLettered as Lettered,
} from '../../../../src/events/index.js';
import { EventDeadLettered } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { MemoryStore, type StoreOperation } from '../../../../src/storage/index.js';
import { settle } from '../../../support/fake-clock.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable/durable-bench.js';

class Once extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', retry: { attempts: 1 } })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

class Mourner {
  readonly letters: Lettered[] = [];
  @OnEvent(EventDeadLettered, { delivery: 'durable' })
  onDeath(letter: Lettered): void {
    this.letters.push(letter);
  }
}

@EventContract('other.made')
class OtherMade {}

class Other {
  @OnEvent(OtherMade, { delivery: 'durable', name: 'mail.handle' })
  handle(): void {
    throw new Error('It must never be called here.');
  }
}

/** Notes units, and carries none out any more from the moment on in which the process has ended. */
class MortalStore extends MemoryStore {
  readonly units: (readonly StoreOperation[])[] = [];
  override commit(unit: readonly StoreOperation[]): ReturnType<MemoryStore['commit']> {
    this.units.push(unit);
    return super.commit(unit);
  }
}

describe('a dead letter', () => {
  it('is written in one commit with the event that reports it, so that no crash can come between', async () => {
    const store = new MortalStore();
    const bench = await DurableBench.opened(store);
    const mourner = new Mourner();
    await bench.started('watch', mourner);
    const worker = new Once();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    for (let turn = 0; turn < 3; turn++) await settle();

    const unit = store.units.find((each) =>
      each.some((operation) => operation.op === 'put' && operation.table === 'dead-letters'),
    );
    expect(unit?.flatMap((operation) => (operation.op === 'append' ? [operation.name] : []))).toEqual([
      'panotti.event.dead-lettered',
    ]);
    expect(mourner.letters).toMatchObject([
      { subscription: 'mail.handle', plugin: 'mail', event: 'job.made', attempts: 1 },
    ]);
  });

  it('names the event that was given up as the cause of the one that reports it', async () => {
    const bench = await DurableBench.opened();
    const contexts: EventContext[] = [];
    class Witness {
      @OnEvent('panotti.event.dead-lettered')
      onDeath(_event: Lettered, context: EventContext): void {
        contexts.push(context);
      }
    }
    await bench.started('watch', new Witness());
    const worker = new Once();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1), { id: 'job-1' });
    for (let turn = 0; turn < 3; turn++) await settle();
    expect(contexts).toMatchObject([{ causationId: 'job-1', correlationId: 'job-1', source: 'panotti' }]);
  });

  it('is not handed to a subscription that has taken over its name for another event', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Once();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1), { id: 'job-1' });
    for (let turn = 0; turn < 3; turn++) await settle();
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    await later.started('mail', new Other());
    const { deadLetters } = later;
    await expect(deadLetters.retry('mail.handle', 'job-1', later.clock.now())).rejects.toMatchObject({
      code: 'DEAD_LETTER_FOREIGN',
    });
    expect(await deadLetters.show('mail.handle', 'job-1')).toMatchObject({ eventId: 'job-1' });
    expect(await store.totals('deliveries')).toEqual([]);
  });

  it('is retried once, also when it was replayed meanwhile', async () => {
    const bench = await DurableBench.opened();
    const worker = new Once();
    worker.behave = () => Promise.reject(new Error('down'));
    const attachment = await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1), { id: 'job-1' });
    for (let turn = 0; turn < 3; turn++) await settle();
    attachment.close();
    const { deadLetters } = bench;
    expect(await bench.replay({ eventId: 'job-1' })).toBe(1);
    expect(await deadLetters.retry('mail.handle', 'job-1', bench.clock.now())).toBe(true);
    expect(await deadLetters.show('mail.handle', 'job-1')).toBeUndefined();
    const next = new Once();
    await bench.started('mail', next);
    await bench.clock.advance(1_000);
    expect(next.jobs).toEqual([1]);
    expect(bench.backlogOf('mail.handle')).toBe(0);
  });
});

describe('a subscription that is dropped', () => {
  it('leaves nothing behind that one of the same name would get', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Worker();
    worker.behave = () => Promise.reject(new Error('down'));
    const attachment = await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await settle();
    await attachment.drain(0);
    await bench.bus.close();
    const subscriptions = await StoredSubscriptions.read(store, bench.clock, { missingGrace: 0 });
    await subscriptions.drop('mail.handle');
    expect(await store.totals('deliveries')).toEqual([]);

    const later = await DurableBench.opened(store);
    const next = new Worker();
    await later.started('mail', next);
    await later.clock.advance(3_600_000);
    expect(next.jobs).toEqual([]);
  });
});
