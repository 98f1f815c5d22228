/** Attempts that failed because others were in the way: they do not count. */
import { jest } from '@jest/globals';
import { EventBacklogFullError, EventStoreFullError, OnEvent, unitOfWork } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { StateConflictError } from '../../../../../src/state/index.js';
import { StoreConflictError, StoreFullError } from '../../../../../src/storage/index.js';
import { openMemory } from '../../../../support/plugin-memory.js';
import { DurableBench, JobMade, Notes } from '../durable-bench.js';

class TwoAttempts extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', retry: { attempts: 2, backoffMs: 10 } })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

class InMemory extends Notes {
  @OnEvent(JobMade, { retry: { attempts: 2, backoffMs: 10 } })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

const refuse = (): never => {
  throw new Error('do not look');
};

/** Made when they are thrown, so that only the product looks at them. */
const UNREADABLE: [string, () => unknown][] = [
  [
    'a Proxy that refuses everything',
    () => new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
  ],
  [
    'an Error whose contention cannot be read',
    () => Object.defineProperty(new Error('x'), 'contention', { get: refuse }),
  ],
  ['an Error whose cause cannot be read', () => Object.defineProperty(new Error('x'), 'cause', { get: refuse })],
  [
    'an Error whose cause refuses everything',
    () => new Error('x', { cause: new Proxy({}, { has: refuse, get: refuse }) }),
  ],
];

const ERRORS: [string, () => Error][] = [
  ['a state that others have changed', () => new StateConflictError('mail', 'state')],
  ['a record that others have changed', () => new StoreConflictError('version', 'r')],
  ['an id that others have taken', () => new StoreConflictError('id', 'e1')],
  [
    'a conflict that the handler has wrapped',
    () => new Error('no luck', { cause: new Error('still', { cause: new StateConflictError('mail', 'state') }) }),
  ],
  ['a subscription that has no room', () => new EventBacklogFullError('mail', 'x', 'y', 1)],
  ['a disk that is full', () => new EventStoreFullError('mail', 'x', undefined)],
  ['a store that is full', () => new StoreFullError(undefined)],
];

describe.each([
  ['durable', () => new TwoAttempts()],
  ['in memory', () => new InMemory()],
])('a handler that is %s and meets what it can do nothing about', (_where, make) => {
  it.each(ERRORS)('has all its attempts still: %s', async (_what, error) => {
    const bench = await DurableBench.opened();
    const worker = make();
    let meetings = 0;
    worker.behave = () => (++meetings <= 20 ? Promise.reject(error()) : undefined);
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.clock.advance(3_600_000);
    expect(worker.attempts).toEqual(Array.from({ length: 21 }, () => '1 1'));
    expect(worker.jobs).toEqual([1]);
  });

  it.each(UNREADABLE)('has one attempt fewer after what cannot be looked at: %s', async (_what, thrown) => {
    const bench = await DurableBench.opened();
    const worker = make();
    let isFirst = true;
    worker.behave = () => {
      if (!isFirst) return undefined;
      isFirst = false;
      throw thrown();
    };
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.clock.advance(3_600_000);
    expect({ attempts: worker.attempts, jobs: worker.jobs }).toEqual({ attempts: ['1 1', '1 2'], jobs: [1] });
  });

  it('counts other errors in between', async () => {
    const bench = await DurableBench.opened();
    const worker = make();
    const errors = [
      new StateConflictError('mail', 'state'),
      new Error('down'),
      new StateConflictError('mail', 'state'),
      new Error('down'),
    ];
    worker.behave = () => Promise.reject(errors.shift() ?? new Error('too often'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.clock.advance(3_600_000);
    expect(worker.attempts).toEqual(['1 1', '1 1', '1 2', '1 2']);
  });

  it('is logged at 10, 20 and 40 conflicts in a row, and ends as a failure when they never end', async () => {
    const bench = await DurableBench.opened();
    const worker = make();
    worker.behave = () => Promise.reject(new StateConflictError('mail', 'state'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.clock.advance(24 * 3_600_000);
    // 100 that do not count, and two attempts.
    expect(worker.attempts).toHaveLength(102);
    const told = bench.log.filter(({ level, message }) => level === 'warn' && message.includes('conflicts in a row'));
    expect(told.map(({ message }) => /(\d+) conflicts in a row/.exec(message)?.[1])).toEqual(['10', '20', '40', '80']);
    expect(bench.log.some(({ level, message }) => level === 'error' && message.includes('Given up'))).toBe(true);
  });

  it('waits longer and longer between two conflicts, at most half a minute', async () => {
    using random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const bench = await DurableBench.opened();
    const worker = make();
    const times: number[] = [];
    worker.behave = () => {
      times.push(bench.clock.monotonicMs());
      return times.length < 15 ? Promise.reject(new StateConflictError('mail', 'state')) : undefined;
    };
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.clock.advance(3_600_000);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(random).toHaveBeenCalled();
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 15_000, 15_000, 15_000]);
  });
});

class Account {
  sum = 0;
}

describe('many events whose handler changes two records in any order', () => {
  it('are all handled, and none becomes a dead letter', async () => {
    const bench = await DurableBench.opened();
    const memory = await openMemory(bench.store, { name: 'mail', stores: { accounts: Account } });
    const accounts = memory.store<Account>('accounts');
    await unitOfWork(async () => {
      for (const key of ['a', 'b']) await accounts.put(key, new Account());
    });
    const worker = new TwoAttempts();
    worker.behave = async ({ job }) => {
      const [first, second] = job % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      await accounts.update(first ?? '', (account) => void account.sum++);
      await bench.clock.sleep(5);
      await accounts.update(second ?? '', (account) => void account.sum++);
    };
    await bench.started('mail', worker);
    for (let job = 0; job < 100; job++) await bench.events.publish(new JobMade(job));
    for (let round = 0; round < 4_000 && worker.jobs.length < 100; round++) await bench.clock.advance(20);
    await bench.clock.advance(60_000);
    expect(await bench.letters()).toEqual([]);
    expect(await Promise.all(['a', 'b'].map(async (key) => (await accounts.get(key))?.sum))).toEqual([100, 100]);
  });
});
