import { EventContract, OnEvent } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { settle } from '../../../support/fake-clock.js';
import { Gate } from '../event-bench.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable/durable-bench.js';

@EventContract('other.made')
class OtherMade {
  constructor(readonly job: number) {}
}

class Other {
  readonly jobs: number[] = [];
  @OnEvent(OtherMade, { delivery: 'durable' })
  handle({ job }: OtherMade): void {
    this.jobs.push(job);
  }
}

class FromTheBeginning extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', from: 'beginning' })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

describe('a replay', () => {
  it('skips what its subscription has not finished, so that nothing is counted twice', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    const gate = new Gate();
    worker.behave = async ({ job }, { attempt }) => {
      if (job !== 2 || attempt > 1) return;
      await gate.passed;
      throw new Error('down');
    };
    await bench.started('mail', worker);
    for (const job of [1, 2]) await bench.events.publish(new JobMade(job));
    await settle();

    expect(await bench.replay()).toBe(1);
    gate.open();
    await bench.clock.advance(10_000);
    expect(worker.jobs).toEqual([1, 1, 2]);
    expect(bench.backlogOf('mail.handle')).toBe(0);
  });

  it('does not take the attempts from one that fails in the same moment', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    for (let second = 0; second < 600; second++) {
      await Promise.all([bench.replay(), bench.clock.advance(1_000)]);
      if ((await bench.letters('mail.handle')).length > 0) break;
    }
    expect(worker.attempts.slice(0, 5)).toEqual(['1 1', '1 2', '1 3', '1 4', '1 5']);
  });
});

describe('a subscription from the beginning', () => {
  it('counts what waits for it from its first moment on, and what is not for it no longer than until it has been looked at', async () => {
    const bench = await DurableBench.opened();
    const others = bench.bus.publisherFor({ name: 'others', emits: [OtherMade] });
    await bench.started('mail', new Worker());
    await bench.started('other', new Other());
    for (const job of [1, 2, 3]) {
      await bench.events.publish(new JobMade(job));
      await others.publish(new OtherMade(job));
    }
    await settle();
    const complete = new FromTheBeginning();
    const gate = new Gate();
    complete.behave = () => gate.passed;
    const attachment = bench.attach('complete', complete);
    await attachment.isStored;
    const backlog = (): number | undefined => bench.backlogOf('complete.handle');
    expect(backlog()).toBe(6);

    bench.bus.activate(attachment);
    for (let turn = 0; turn < 5; turn++) await settle();
    await others.publish(new OtherMade(4));
    expect(backlog()).toBe(3);
    gate.open();
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(backlog()).toBe(0);
    expect(complete.jobs).toEqual([1, 2, 3]);
  });
});
