/** Handlers that go on beyond their deadline: their key and their place stay taken until they have come back, or hang. */
import { OnEvent, type PluginEvents } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { settle } from '../../../support/fake-clock.js';
import { DurableBench, JobMade } from '../durable/durable-bench.js';
import { Gate } from '../event-bench.js';

/** Starts and ends in their order; each call ends with its gate. */
class Slow {
  readonly lines: string[] = [];
  readonly gates: Gate[] = [];
  open = 0;
  most = 0;
  doesFail = false;

  protected async work({ job }: JobMade): Promise<void> {
    const gate = new Gate();
    this.gates.push(gate);
    this.lines.push(`start ${job}`);
    this.most = Math.max(this.most, ++this.open);
    await gate.passed;
    this.open--;
    this.lines.push(`end ${job}`);
    if (this.doesFail) throw new Error('late and wrong');
  }
}

class KeyedInMemory extends Slow {
  @OnEvent(JobMade, { key: ({ customer }) => customer, timeoutMs: 300 })
  handle(event: JobMade): Promise<void> {
    return this.work(event);
  }
}

class OneInMemory extends Slow {
  @OnEvent(JobMade, { concurrency: 1, timeoutMs: 300, retry: { attempts: 2, backoffMs: 10 } })
  handle(event: JobMade): Promise<void> {
    return this.work(event);
  }
}

class KeyedDurable extends Slow {
  @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer, timeoutMs: 300, retry: { attempts: 1 } })
  handle(event: JobMade): Promise<void> {
    return this.work(event);
  }
}

class OneDurable extends Slow {
  @OnEvent(JobMade, { delivery: 'durable', concurrency: 1, timeoutMs: 300, retry: { attempts: 2, backoffMs: 10 } })
  handle(event: JobMade, _context: EventContext): Promise<void> {
    return this.work(event);
  }
}

class FreeDurable extends Slow {
  @OnEvent(JobMade, { delivery: 'durable', timeoutMs: 300, retry: { attempts: 2, backoffMs: 10 } })
  handle(event: JobMade): Promise<void> {
    return this.work(event);
  }
}

async function publish(events: PluginEvents, ...jobs: number[]): Promise<void> {
  for (const job of jobs) await events.publish(new JobMade(job, 'a'));
  await settle();
}

describe.each([
  ['a key in memory', () => new KeyedInMemory()],
  ['a durable key', () => new KeyedDurable()],
])('a handler with %s that outlives its deadline', (_, make) => {
  it.each([
    ['comes back', false],
    ['fails in the end', true],
  ])('keeps the key until it %s', async (_how, doesFail) => {
    const bench = await DurableBench.opened();
    const slow = make();
    slow.doesFail = doesFail;
    await bench.started('mail', slow);
    await publish(bench.events, 1, 2, 3);
    for (const index of [0, 1, 2]) {
      await bench.clock.advance(1_500);
      expect(slow.lines.at(-1)).toBe(`start ${index + 1}`);
      slow.gates[index]?.open();
      await settle();
    }
    expect(slow.lines).toEqual(['start 1', 'end 1', 'start 2', 'end 2', 'start 3', 'end 3']);
    expect(bench.log.some(({ message }) => message.includes('hangs'))).toBe(false);
  });

  it('gives the key up at the second deadline, and is logged; what it does then changes nothing', async () => {
    const bench = await DurableBench.opened();
    const slow = make();
    const hanging: (readonly [string, number])[] = [];
    bench.bus.onHanging((plugin, count) => hanging.push([plugin, count]));
    await bench.started('mail', slow);
    await publish(bench.events, 1, 2);
    await bench.clock.advance(30_200);
    expect(slow.lines).toEqual(['start 1']);
    await bench.clock.advance(200);
    expect(slow.lines).toEqual(['start 1', 'start 2']);
    expect(hanging).toEqual([['mail', 1]]);
    expect(
      bench.log.filter(({ level, message }) => level === 'error' && message.includes('hangs on "job.made"')),
    ).toHaveLength(1);
    slow.gates[0]?.open();
    slow.gates[1]?.open();
    await bench.clock.advance(60_000);
    expect(slow.lines).toEqual(['start 1', 'start 2', 'end 1', 'end 2']);
    expect(hanging).toHaveLength(1);
  });
});

describe.each([
  ['in memory, one at a time', () => new OneInMemory()],
  ['durable, one at a time', () => new OneDurable()],
  ['durable, any number at a time', () => new FreeDurable()],
])('a handler that is %s, and is tried again', (_, make) => {
  it('has no two attempts with an event open at once', async () => {
    const bench = await DurableBench.opened();
    const slow = make();
    await bench.started('mail', slow);
    await publish(bench.events, 1);
    await bench.clock.advance(1_500);
    expect(slow.lines).toEqual(['start 1']);
    slow.gates[0]?.open();
    await bench.clock.advance(100);
    expect(slow.lines).toEqual(['start 1', 'end 1', 'start 1']);
    slow.gates[1]?.open();
    await bench.clock.advance(100);
    expect([slow.lines.at(-1), slow.most, await bench.letters()]).toEqual(['end 1', 1, []]);
  });

  it('has its attempt counted at the deadline, and none after its plugin has stopped', async () => {
    const bench = await DurableBench.opened();
    const slow = make();
    const attachment = await bench.started('mail', slow);
    await publish(bench.events, 1);
    await bench.clock.advance(400);
    expect(
      bench.log.some(({ message }) => message.includes('ran out of time') && message.includes('Attempt 1 of 2')),
    ).toBe(true);
    attachment.close();
    slow.gates[0]?.open();
    await bench.clock.advance(60_000);
    expect(slow.lines).toEqual(['start 1', 'end 1']);
    // Closing ends only what the server does for itself from time to time.
    await bench.bus.close();
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('a plugin whose key and places hang', () => {
  it('counts the calls that hang now, and not those that have come back', async () => {
    const bench = await DurableBench.opened();
    const slow = new FreeDurable();
    const counts: number[] = [];
    bench.bus.onHanging((_, count) => counts.push(count));
    await bench.started('mail', slow);
    await publish(bench.events, 1, 2);
    await bench.clock.advance(31_000);
    expect(counts).toEqual([1, 2]);
    for (const gate of slow.gates) gate.open();
    await publish(bench.events, 3);
    await bench.clock.advance(31_000);
    // Of 3 alone: those that hung before are back.
    expect(counts).toEqual([1, 2, 1]);
  });
});
