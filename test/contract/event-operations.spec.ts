import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CommitSignal,
  EventContract,
  OnEvent,
  StoreEventOperations,
  type EventHead,
  type EventPage,
  type PluginEvents,
} from '../../src/events/index.js';
import { ControlClient, LocalOperations } from '../../src/management/index.js';
import { ControlChannel } from '../../src/management/control-channel.js';
import { ControlSocket } from '../../src/management/control-socket.js';
import {
  COUNT_DEAD_LETTERS,
  DROP_DEAD_LETTERS,
  FOLLOW_EVENTS,
  LIST_DEAD_LETTERS,
  LIST_EVENTS,
  PLAN_REPLAY,
  REPLAY,
  RETRY_DEAD_LETTERS,
  SHOW_DEAD_LETTERS,
  SHOW_EVENT,
  type OperationCaller,
} from '../../src/management/operations/index.js';
import { MemoryStore, StoreStatus } from '../../src/storage/index.js';
import { settle } from '../support/fake-clock.js';
import { waitFor } from '../support/wait-for.js';
import { DurableBench, JobMade, Notes } from '../unit/events/durable/durable-bench.js';

@EventContract('report.made', { version: 3 })
class ReportMade {
  constructor(readonly title: string) {}
}

class Mailer extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', retry: { attempts: 2, backoffMs: 60_000 } })
  async send(event: JobMade): Promise<void> {
    await this.behave(event, undefined as never);
  }
}

class Archive extends Notes {
  @OnEvent(ReportMade, { delivery: 'durable', retry: { attempts: 1 } })
  async keep(event: ReportMade): Promise<void> {
    await this.behave(event as never, undefined as never);
  }

  @OnEvent(JobMade, { delivery: 'durable' })
  async count(): Promise<void> {
    // Takes everything.
  }
}

const START = Date.UTC(2026, 0, 1);

function refuse(): never {
  throw new Error('The post office is closed', { cause: new TypeError('no stamps') });
}

/** A store with a history, and the bus that has made it. */
class History {
  readonly status = new StoreStatus();
  readonly store = new MemoryStore({ observer: this.status });
  readonly mailer = new Mailer();
  readonly archive = new Archive();
  bench!: DurableBench;
  events!: PluginEvents;

  static async begun(): Promise<History> {
    const history = new History();
    const { store, mailer, archive } = history;
    history.bench = await DurableBench.opened(store);
    history.events = history.bench.bus.publisherFor({ name: 'shop', emits: [JobMade, ReportMade] });
    const mail = await history.bench.started('mail', mailer);
    const archived = await history.bench.started('archive', archive);
    // Nothing is delivered while a test looks, so that it knows what there is.
    history.stop = () => [mail, archived].forEach((attachment) => attachment.close());
    return history;
  }

  stop: () => void = () => undefined;

  async publish(...events: object[]): Promise<void> {
    for (const event of events) await this.events.publish(event);
    await settle();
  }

  /** One job each: handled, dead, retrying and waiting for `mail.send`, a minute apart; then a report that is dead for `archive.keep`. */
  async withEveryState(): Promise<string[]> {
    const { clock } = this.bench;
    await this.publish(new JobMade(1));
    await clock.advance(60_000);
    this.mailer.behave = refuse;
    await this.publish(new JobMade(2));
    // Its second attempt.
    await clock.advance(120_000);
    await this.publish(new JobMade(3));
    this.archive.behave = refuse;
    await this.publish(new ReportMade('January'));
    await clock.advance(1);
    this.stop();
    await this.publish(new JobMade(4));
    const { entries } = await this.store.readLog({ after: 0 });
    return entries.filter(({ name }) => !name.startsWith('panotti.')).map(({ id }) => id);
  }
}

interface Reached {
  readonly operations: OperationCaller;
  readonly close: () => Promise<void>;
}

async function offline({ store, bench }: History): Promise<Reached> {
  await bench.bus.close();
  const events = await StoreEventOperations.offline(store, bench.clock);
  return { operations: new LocalOperations({ events }), close: () => Promise.resolve() };
}

async function throughTheServer({ store, bench, status }: History): Promise<Reached> {
  const directory = await mkdtemp(join(tmpdir(), 'panotti-control-'));
  const events = StoreEventOperations.live(bench.bus.durable, { store, commits: new CommitSignal(status) });
  const channel = await ControlChannel.open(new ControlSocket(directory), new LocalOperations({ events }), bench.clock);
  const operations = await ControlClient.connect(directory);
  if (!operations) throw new Error('Nobody listens.');
  const close = async (): Promise<void> => {
    operations[Symbol.dispose]();
    await channel.close();
    await rm(directory, { recursive: true });
  };
  return { operations, close };
}

const WAYS = [
  ['on the store', offline],
  ['through the server', throughTheServer],
] as const;

describe.each(WAYS)('the events of a server, reached %s', (_title, way) => {
  let history: History;
  let reached: Reached | undefined;

  beforeEach(async () => {
    history = await History.begun();
  });
  afterEach(async () => {
    await reached?.close();
    reached = undefined;
  });

  /** From here on the history is over. */
  async function operations(): Promise<OperationCaller> {
    reached = await way(history);
    return reached.operations;
  }

  it('are listed, the newest first, with where each subscription stands', async () => {
    const ids = await history.withEveryState();
    const page = await (await operations()).call(LIST_EVENTS, { limit: 10 });

    expect(page.events.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(page).toMatchObject({ damaged: 0, last: 5 });
    expect(page.next).toBeUndefined();
    const standings = page.events.map(({ deliveries }) =>
      deliveries.map((each) => `${each.subscription} ${each.state} ${each.attempts}`),
    );
    expect(standings.toReversed()).toEqual([
      ['archive.count handled 0', 'mail.send handled 0'],
      ['archive.count handled 0', 'mail.send dead 2'],
      ['archive.count handled 0', 'mail.send retrying 1'],
      ['archive.keep dead 1'],
      ['archive.count waiting 0', 'mail.send waiting 0'],
    ]);
    expect(page.events[4]).toMatchObject({
      name: 'job.made',
      version: 1,
      source: 'shop',
      time: START,
      position: 1,
      bytes: 24,
    });
  });

  it('are found by name, by pattern and by time', async () => {
    await history.withEveryState();
    const events = await operations();
    const jobs = async (query: object): Promise<number[]> =>
      (await events.call(LIST_EVENTS, { limit: 10, ...query })).events.map(({ position }) => position);

    expect(await jobs({ name: 'report.made' })).toEqual([4]);
    expect(await jobs({ name: 'job.*' })).toEqual([5, 3, 2, 1]);
    expect(await jobs({ name: 'nobody.*' })).toEqual([]);
    expect(await jobs({ fromTime: START + 60_000 })).toEqual([5, 4, 3, 2]);
    expect(await jobs({ fromTime: START + 60_000, beforeTime: START + 180_000 })).toEqual([2]);
  });

  it('come page by page, each once, however many there are', async () => {
    for (let job = 0; job < 450; job++)
      await history.events.publish(job % 9 === 0 ? new ReportMade('x') : new JobMade(job));
    const events = await operations();
    const walk = async (query: { name?: string }, limit: number): Promise<number[]> => {
      const positions: number[] = [];
      for (let page: EventPage | undefined; page === undefined || page.next !== undefined;) {
        page = await events.call(LIST_EVENTS, {
          ...query,
          limit,
          ...(page?.next !== undefined && { through: page.next }),
        });
        expect(page.events.length).toBeLessThanOrEqual(limit);
        positions.push(...page.events.map(({ position }) => position));
      }
      return positions;
    };

    expect(await walk({}, 97)).toEqual(Array.from({ length: 450 }, (_none, index) => 450 - index));
    expect(await walk({ name: 'report.*' }, 7)).toEqual(Array.from({ length: 50 }, (_none, index) => 442 - 9 * index));
  });

  it('are shown one by one, with envelope, payload and errors', async () => {
    const [, dead = '', retrying = ''] = await history.withEveryState();
    const events = await operations();

    expect(await events.call(SHOW_EVENT, { id: dead })).toEqual({
      id: dead,
      position: 2,
      name: 'job.made',
      version: 1,
      source: 'shop',
      time: START + 60_000,
      bytes: 24,
      correlationId: expect.any(String),
      priority: 'normal',
      payload: { job: 2, customer: 'c' },
      deliveries: [
        { subscription: 'archive.count', plugin: 'archive', state: 'handled', attempts: 0, errors: [] },
        {
          subscription: 'mail.send',
          plugin: 'mail',
          state: 'dead',
          attempts: 2,
          at: expect.any(Number),
          errors: [
            { name: 'Error', message: 'The post office is closed' },
            { name: 'TypeError', message: 'no stamps' },
          ],
        },
      ],
    });
    const { deliveries } = await events.call(SHOW_EVENT, { id: retrying });
    expect(deliveries[1]).toMatchObject({ state: 'retrying', at: expect.any(Number) });
    expect(deliveries[1]?.at).toBeGreaterThan(history.bench.clock.now());
  });

  it('are not found by another id, and the id that was meant is named', async () => {
    const [first = ''] = await history.withEveryState();
    const events = await operations();
    const refusal = async (id: string): Promise<{ code: string; message: string }> =>
      events.call(SHOW_EVENT, { id }).then(
        () => ({ code: '', message: '' }),
        (error: { code: string; message: string }) => error,
      );

    expect(await refusal(first.slice(0, 30))).toMatchObject({ code: 'EVENT_NOT_FOUND' });
    expect((await refusal(first.slice(0, 30))).message).toContain(`Did you mean "${first}"?\n  Fix: Look for it`);
    expect((await refusal(`${first}1`)).message).toContain(`Did you mean "${first}"?`);
    expect((await refusal('nothing')).message).toMatch(/^No stored event has the id "nothing"\.\n/);
    await expect(events.call(PLAN_REPLAY, { eventId: 'nothing' })).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND' });
    await expect(events.call(REPLAY, { eventId: 'nothing' })).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND' });
  });

  it('are replayed as the plan has said, and the plan itself changes nothing', async () => {
    const [first = ''] = await history.withEveryState();
    const events = await operations();
    const rows = async (): Promise<string[]> => {
      const totals = await history.store.totals('deliveries');
      return totals.map(({ scope, count }) => `${scope} ${count}`);
    };
    const before = await rows();
    const query = { events: 'job.*', beforeTime: START + 70_000 };

    const plan = await events.call(PLAN_REPLAY, query);
    expect(plan).toEqual({
      events: 2,
      deliveries: [
        { subscription: 'archive.count', count: 2 },
        { subscription: 'mail.send', count: 2 },
      ],
    });
    expect(await rows()).toEqual(before);
    expect(await events.call(REPLAY, query)).toEqual(plan);
    expect(await rows()).toEqual(['archive.count 2', 'mail.send 3']);
    // They are about to be delivered already.
    expect(await events.call(PLAN_REPLAY, query)).toEqual({ events: 0, deliveries: [] });
    const { deliveries } = await events.call(SHOW_EVENT, { id: first });
    expect(deliveries.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
  });

  it('are replayed to one subscription, which must exist', async () => {
    const [first = ''] = await history.withEveryState();
    const events = await operations();

    await expect(events.call(REPLAY, { eventId: first, subscription: 'mail.sent' })).rejects.toMatchObject({
      code: 'SUBSCRIPTION_UNKNOWN',
      message: expect.stringContaining('Did you mean "mail.send"?') as string,
    });
    expect(await events.call(REPLAY, { eventId: first, subscription: 'mail.send' })).toEqual({
      events: 1,
      deliveries: [{ subscription: 'mail.send', count: 1 }],
    });
    // The report is no affair of this subscription.
    expect(await events.call(PLAN_REPLAY, { events: 'report.made', subscription: 'mail.send' })).toEqual({
      events: 0,
      deliveries: [],
    });
  });

  it('have their dead letters listed by subscription, plugin and event', async () => {
    const [, job, , report] = await history.withEveryState();
    const events = await operations();
    const found = async (choice: object): Promise<string[]> =>
      (await events.call(LIST_DEAD_LETTERS, { limit: 10, ...choice })).letters.map(
        ({ subscription, eventId }) => `${subscription} ${eventId}`,
      );

    const all = [`archive.keep ${report}`, `mail.send ${job}`];
    expect(await found({})).toEqual(all);
    expect(await found({ subscription: 'mail.send' })).toEqual(all.slice(1));
    expect(await found({ plugin: 'archive' })).toEqual(all.slice(0, 1));
    expect(await found({ event: 'job.**' })).toEqual(all.slice(1));
    expect(await found({ event: 'job.**', plugin: 'archive' })).toEqual([]);
    expect(await events.call(COUNT_DEAD_LETTERS, {})).toBe(2);
    expect(await events.call(COUNT_DEAD_LETTERS, { event: 'report.made' })).toBe(1);
    await expect(found({ plugin: 'achive' })).rejects.toMatchObject({
      message: expect.stringContaining('"archive"') as string,
    });
    await expect(found({ subscription: 'mail' })).rejects.toMatchObject({ code: 'SUBSCRIPTION_UNKNOWN' });
    const [letter] = (await events.call(LIST_DEAD_LETTERS, { limit: 1, subscription: 'mail.send' })).letters;
    expect(letter).toEqual({
      subscription: 'mail.send',
      plugin: 'mail',
      eventId: job,
      event: 'job.made',
      source: 'shop',
      time: START + 60_000,
      diedAt: expect.any(Number),
      attempts: 2,
      errors: [
        { name: 'Error', message: 'The post office is closed' },
        { name: 'TypeError', message: 'no stamps' },
      ],
    });
  });

  it('have their dead letters listed page by page, each once, over subscriptions and the steps of reading', async () => {
    history.archive.behave = refuse;
    for (let number = 0; number < 130; number++) await history.events.publish(new ReportMade(String(number)));
    history.mailer.behave = refuse;
    await history.publish(new JobMade(90), new JobMade(91));
    await history.bench.clock.advance(120_000);
    history.mailer.behave = () => undefined;
    await history.withEveryState();
    await waitFor(
      async () =>
        (await history.store.totals('dead-letters')).find(({ scope }) => scope === 'archive.keep')?.count === 131,
    );
    const events = await operations();
    const seen: string[] = [];
    for (let after: string | undefined, isOver = false; !isOver;) {
      const page = await events.call(LIST_DEAD_LETTERS, { limit: 11, ...(after !== undefined && { after }) });
      expect(page.letters.length).toBeLessThanOrEqual(11);
      seen.push(...page.letters.map(({ subscription, eventId }) => `${subscription} ${eventId}`));
      after = page.next;
      isOver = after === undefined;
    }

    expect(seen).toHaveLength(134);
    expect(new Set(seen).size).toBe(134);
    expect(seen).toEqual(seen.toSorted());
  });

  it('have their dead letters shown with the payload', async () => {
    const [handled = '', job = ''] = await history.withEveryState();
    const events = await operations();

    expect(await events.call(SHOW_DEAD_LETTERS, { eventId: job })).toMatchObject([
      { subscription: 'mail.send', payload: { job: 2, customer: 'c' } },
    ]);
    await expect(events.call(SHOW_DEAD_LETTERS, { eventId: handled })).rejects.toMatchObject({
      code: 'DEAD_LETTER_NOT_FOUND',
    });
    await expect(events.call(SHOW_DEAD_LETTERS, { eventId: job, subscription: 'archive.keep' })).rejects.toMatchObject({
      message: expect.stringContaining('The subscription "archive.keep" has no dead letter of the event') as string,
    });
    await expect(events.call(SHOW_DEAD_LETTERS, { eventId: `${job}0` })).rejects.toMatchObject({
      message: expect.stringContaining(`Did you mean "${job}"?`) as string,
    });
  });

  it('have dead letters retried, once, with all their attempts', async () => {
    const [, job = ''] = await history.withEveryState();
    const events = await operations();

    expect(await events.call(RETRY_DEAD_LETTERS, { eventId: job })).toEqual({ count: 1, stranded: 0 });
    const row = await history.store.get('deliveries', 'mail.send', job);
    expect(JSON.parse(row?.value ?? '')).toMatchObject({ attempts: 0 });
    expect(row?.due).toBe(history.bench.clock.now());
    await expect(events.call(RETRY_DEAD_LETTERS, { eventId: job })).rejects.toMatchObject({
      code: 'DEAD_LETTER_NOT_FOUND',
    });
    expect(await events.call(COUNT_DEAD_LETTERS, {})).toBe(1);
  });

  it('have all dead letters retried that a filter leaves, and no other', async () => {
    await history.withEveryState();
    const events = await operations();

    expect(await events.call(RETRY_DEAD_LETTERS, { event: 'nobody.*' })).toEqual({ count: 0, stranded: 0 });
    expect(await events.call(RETRY_DEAD_LETTERS, { plugin: 'mail' })).toEqual({ count: 1, stranded: 0 });
    expect(
      (await events.call(LIST_DEAD_LETTERS, { limit: 9 })).letters.map(({ subscription }) => subscription),
    ).toEqual(['archive.keep']);
    expect(await events.call(RETRY_DEAD_LETTERS, {})).toEqual({ count: 1, stranded: 0 });
    expect(await events.call(COUNT_DEAD_LETTERS, {})).toBe(0);
  });

  it('keep a dead letter whose subscription has been dropped, because no subscription would get it', async () => {
    const [, job = ''] = await history.withEveryState();
    await history.bench.bus.durable.known.drop('mail.send');
    const events = await operations();

    expect(await events.call(RETRY_DEAD_LETTERS, { eventId: job })).toEqual({ count: 0, stranded: 1 });
    expect((await events.call(LIST_DEAD_LETTERS, { limit: 9, subscription: 'mail.send' })).letters).toMatchObject([
      { plugin: null },
    ]);
    expect((await events.call(SHOW_EVENT, { id: job })).deliveries).toMatchObject([
      { subscription: 'archive.count' },
      { subscription: 'mail.send', plugin: null },
    ]);
    expect(await events.call(DROP_DEAD_LETTERS, { eventId: job })).toEqual({ count: 1, stranded: 0 });
  });

  it('keep a dead letter whose subscription has become one of another event', async () => {
    const [, job = ''] = await history.withEveryState();
    const value = JSON.stringify({ plugin: 'mail', event: 'letter.made' });
    await history.bench.bus.durable.known.drop('mail.send');
    await history.store.commit([{ op: 'put', table: 'subscriptions', scope: 'durable', key: 'mail.send', value }]);
    await history.bench.bus.durable.known.load(5);
    const events = await operations();

    expect(await events.call(RETRY_DEAD_LETTERS, { eventId: job })).toEqual({ count: 0, stranded: 1 });
    expect(await events.call(COUNT_DEAD_LETTERS, { plugin: 'mail' })).toBe(1);
  });

  it('have dead letters dropped for good', async () => {
    const [, job = ''] = await history.withEveryState();
    const events = await operations();

    expect(await events.call(DROP_DEAD_LETTERS, { eventId: job })).toEqual({ count: 1, stranded: 0 });
    expect((await events.call(SHOW_EVENT, { id: job })).deliveries).toMatchObject([
      { state: 'handled' },
      { state: 'handled' },
    ]);
    await expect(events.call(DROP_DEAD_LETTERS, { eventId: job })).rejects.toMatchObject({
      code: 'DEAD_LETTER_NOT_FOUND',
    });
    expect(await events.call(DROP_DEAD_LETTERS, {})).toEqual({ count: 1, stranded: 0 });
    expect(await events.call(LIST_DEAD_LETTERS, { limit: 9 })).toEqual({ letters: [] });
  });

  it('can be followed through all that is there, from any position on', async () => {
    await history.withEveryState();
    const events = await operations();
    const seen: EventHead[] = [];
    const over = new AbortController();
    for await (const event of events.follow(FOLLOW_EVENTS, { after: 1, name: 'job.*' }, over.signal)) {
      seen.push(event);
      if (seen.length === 3) over.abort();
    }

    expect(seen.map(({ position }) => position)).toEqual([2, 3, 5]);
    expect(events.isLive).toBe(way === throughTheServer);
  });
});

describe('events that are followed through a server', () => {
  it('come as they are stored, each once and in order, and no other name', async () => {
    const history = await History.begun();
    const { operations, close } = await throughTheServer(history);
    const over = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const { position } of operations.follow(FOLLOW_EVENTS, { after: 0, name: 'job.*' }, over.signal))
        seen.push(position);
    })();
    await history.publish(new JobMade(1), new ReportMade('x'), new JobMade(2));
    await waitFor(() => seen.length === 2);
    await Promise.all([3, 4, 5].map((job) => history.events.publish(new JobMade(job))));
    await waitFor(() => seen.length === 5);
    over.abort();
    await following;

    expect(seen).toEqual([1, 3, 4, 5, 6]);
    await close();
  });

  it('cost a commit nothing once nobody follows any more', async () => {
    const listeners: (() => void)[] = [];
    const signal = new CommitSignal({ onCommitted: (listener) => void listeners.push(listener as () => void) });
    const over = new AbortController();
    const woken = signal.next(over.signal);
    over.abort();
    await woken;
    const again = signal.next(new AbortController().signal);
    listeners[0]?.();
    await again;

    await expect(signal.next(over.signal)).resolves.toBeUndefined();
    expect(listeners).toHaveLength(1);
  });
});
