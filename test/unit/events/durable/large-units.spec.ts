/** Handlers of durable events that change so much at once that others hear of it over many turns of the event loop. */
import { activeUnit, OnEvent } from '../../../../src/events/index.js';
import { MemoryStore } from '../../../../src/storage/index.js';
import { waitFor } from '../../../support/wait-for.js';
import { DurableBench, JobMade, Notes } from './durable-bench.js';

const MANY = 3_000;

class Keyed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer })
  async handle(event: JobMade): Promise<void> {
    await this.behave(event, undefined as never);
  }
}

describe('a durable handler that changes thousands of records', () => {
  it.each([
    ['and publishes nothing that is stored', false],
    // What is stored is handed out in the order of the commits, and so in one turn.
    ['and publishes something that is stored', true],
  ])('%s has the next event of its key wait until all of it is announced', async (_what, publishes) => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const log: string[] = [];
    const worker = new Keyed();
    worker.behave = async ({ job }) => {
      log.push(`job ${job}`);
      if (job !== 1) return;
      for (let index = 0; index < MANY; index++) {
        activeUnit()
          ?.bind(bench.store)
          .stage({ op: 'put', table: 't', scope: 's', key: `k${index}`, value: 'x' });
        activeUnit()?.onCommitted(() => void (index % 1_000 === 999 && log.push(`announced ${index + 1}`)));
      }
      activeUnit()?.onEnded(() => log.push('ended'));
      if (publishes) await bench.events.publish(new JobMade(3, 'other'));
    };
    await bench.started('mail', worker);
    await Promise.all([bench.events.publish(new JobMade(1)), bench.events.publish(new JobMade(2))]);
    const jobs = publishes ? 3 : 2;
    await waitFor(() => log.filter((line) => line.startsWith('job')).length === jobs);

    expect(log.filter((line) => line !== 'job 3')).toEqual([
      'job 1',
      'announced 1000',
      'announced 2000',
      'announced 3000',
      'ended',
      'job 2',
    ]);
    await bench.bus.close();
    const [cursor] = (await store.cursors()).values();
    expect(cursor?.position).toBe(jobs);
    expect((await store.totals('t'))[0]?.count).toBe(MANY);
  });
});
