import { EventContract, OnEvent, StoreEventOperations, type PluginEvents } from '../../../../../src/events/index.js';
import { MemoryStore, type Store } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { DurableBench } from '../durable-bench.js';

@EventContract('order.paid')
class PaidV1 {
  constructor(
    readonly order: number,
    readonly customer: string,
  ) {}
}

@EventContract('order.paid', { version: 2 })
class PaidV2 {
  constructor(
    readonly order: number,
    readonly customer: string,
  ) {}
}

/** The customer has another name in it. */
@EventContract('order.paid', { version: 3 })
class PaidV3 {
  constructor(
    readonly order: number,
    readonly client: string,
  ) {}
}

@EventContract('order.paid')
class OwnV1 {
  order!: number;
  customer!: string;
}

@EventContract('order.paid', { version: 2 })
class OwnV2 {
  order!: number;
  customer!: string;
}

@EventContract('order.paid', {
  version: 3,
  upcast: { 2: ({ order, customer }: OwnV2) => ({ order, client: customer }) },
})
class OwnV3 {
  order!: number;
  client!: string;
}

class Notes {
  readonly orders: number[] = [];
  readonly events: object[] = [];

  note(event: { readonly order: number }): void {
    this.orders.push(event.order);
    this.events.push(event);
  }
}

class Old extends Notes {
  @OnEvent(OwnV1, { delivery: 'durable' })
  count(event: OwnV1): void {
    this.note(event);
  }
}

class New extends Notes {
  @OnEvent(OwnV2, { delivery: 'durable' })
  count(event: OwnV2): void {
    this.note(event);
  }
}

class Newest extends Notes {
  @OnEvent(OwnV3, { delivery: 'durable' })
  count(event: OwnV3): void {
    this.note(event);
  }
}

class OldKeyed extends Notes {
  @OnEvent(OwnV1, { delivery: 'durable', key: ({ customer }) => customer })
  count(event: OwnV1): void {
    this.note(event);
  }
}

class NewKeyed extends Notes {
  @OnEvent(OwnV2, { delivery: 'durable', key: ({ customer }) => customer })
  count(event: OwnV2): void {
    this.note(event);
  }
}

const NAME = 'till.count';

class Bench {
  static async opened(store: Store = new MemoryStore(), window = 5): Promise<Bench> {
    return new Bench(await DurableBench.opened(store, { window }), store);
  }

  private constructor(
    readonly durable: DurableBench,
    readonly store: Store,
  ) {}

  /** As a server does that is stopped and started. */
  async restarted(): Promise<Bench> {
    await this.durable.bus.close();
    return Bench.opened(this.store);
  }

  get operations(): StoreEventOperations {
    const { bus } = this.durable;
    return StoreEventOperations.live(bus.durable, { store: this.store, commits: undefined as never });
  }

  get backlog(): number | undefined {
    return this.durable.backlogOf(NAME);
  }

  /** Why the plugin is not well. */
  get degradation(): string | undefined {
    return this.durable.bus.parked?.degradation('till');
  }

  publisher(emitted: typeof PaidV1 | typeof PaidV2 | typeof PaidV3): PluginEvents {
    return this.durable.bus.publisherFor({ name: 'shop', emits: [emitted] });
  }

  async publish(...events: (PaidV1 | PaidV2 | PaidV3)[]): Promise<void> {
    for (const event of events) {
      const emitted = event.constructor as typeof PaidV1;
      await this.publisher(emitted).publish(event, { id: `event-${String(event.order).padStart(3, '0')}` });
    }
    await settle();
  }

  async parked(): Promise<string[]> {
    const { events } = await this.operations.listParked({ limit: 1_000 });
    return events.map(({ eventId }) => eventId);
  }

  async dead(): Promise<number> {
    return (await this.durable.letters(NAME)).length;
  }
}

const orders = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => index + from);

describe('an event of a version that its durable handler does not know', () => {
  it.each([
    ['while its handler runs', true],
    ['while it does not', false],
  ])('is parked when it is published %s, and never a dead letter, however many there are', async (_when, isRunning) => {
    const bench = await Bench.opened();
    const old = new Old();
    const attachment = await bench.durable.started('till', old);
    if (!isRunning) attachment.close();
    await bench.publish(...orders(60).map((order) => new PaidV2(order, 'c')));
    if (!isRunning) await bench.durable.started('till', old);
    for (let turn = 0; turn < 5; turn++) await settle();

    expect(old.orders).toEqual([]);
    expect(await bench.dead()).toBe(0);
    expect(await bench.parked()).toHaveLength(60);
    expect(bench.backlog).toBe(60);
    expect(bench.degradation).toContain(`"${NAME}"`);

    const later = await bench.restarted();
    expect(later.backlog).toBe(60);
    const renewed = new New();
    await later.durable.started('till', renewed);
    for (let turn = 0; turn < 20; turn++) await later.durable.clock.advance(100);
    expect(renewed.orders.toSorted((a, b) => a - b)).toEqual(orders(60));
    for (const event of renewed.events) expect(event).toBeInstanceOf(OwnV2);
    expect(await later.parked()).toEqual([]);
    expect(later.backlog).toBe(0);
    expect(later.degradation).toBeUndefined();
  });

  it('is delivered when a newer instance of its plugin takes the place of the older one, in the same process', async () => {
    const bench = await Bench.opened();
    const attachment = await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'));
    expect(bench.degradation).toBeDefined();
    const held = bench.durable.bus.hold(attachment);
    const renewed = new New();
    const next = bench.durable.attach('till', renewed);
    await next.isStored;
    held.release(next);
    bench.durable.bus.activate(next);
    await settle();
    await bench.durable.clock.advance(1);

    expect(renewed.orders).toEqual([1]);
    expect(bench.degradation).toBeUndefined();
  });

  it('lets others go on, and does not count as an attempt', async () => {
    const bench = await Bench.opened();
    const old = new Old();
    await bench.durable.started('till', old);
    await bench.publish(new PaidV2(1, 'c'), new PaidV1(2, 'c'), new PaidV2(3, 'c'), new PaidV1(4, 'c'));
    expect(old.orders).toEqual([2, 4]);
    const listed = (await bench.operations.listEvents({ limit: 10 })).events.find(({ id }) => id === 'event-001');
    expect(listed?.deliveries).toMatchObject([
      { state: 'parked', attempts: 0, errors: [{ name: 'EventVersionUnknownError' }] },
    ]);
  });

  it('waits on, over starts of the old version, until the version is known', async () => {
    let bench = await Bench.opened();
    await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'), new PaidV3(2, 'c'));
    bench = await bench.restarted();
    const old = new Old();
    await bench.durable.started('till', old);
    await settle();
    expect([old.orders, await bench.parked()]).toEqual([[], ['event-001', 'event-002']]);
    bench = await bench.restarted();
    const renewed = new New();
    await bench.durable.started('till', renewed);
    await settle();
    await bench.durable.clock.advance(1);
    expect([renewed.orders, await bench.parked()]).toEqual([[1], ['event-002']]);
    expect(bench.degradation).toBeDefined();
    bench = await bench.restarted();
    const newest = new Newest();
    await bench.durable.started('till', newest);
    await settle();
    await bench.durable.clock.advance(1);
    expect([newest.orders, await bench.parked()]).toEqual([[2], []]);
  });

  it('is kept when everything older than the retention goes', async () => {
    const bench = await Bench.opened();
    await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'));
    await bench.durable.clock.advance(30 * 86_400_000);
    await bench.durable.clock.advance(60_000);
    const later = await bench.restarted();
    const renewed = new New();
    await later.durable.started('till', renewed);
    await settle();
    await later.durable.clock.advance(1);
    expect(renewed.orders).toEqual([1]);
  });

  it('counts against the limit of the backlog', async () => {
    const durable = await DurableBench.opened(new MemoryStore(), { backlogLimit: 2, whenFull: 'fail' });
    await durable.started('till', new Old());
    const events = durable.bus.publisherFor({ name: 'shop', emits: [PaidV2] });
    await events.publish(new PaidV2(1, 'c'));
    await events.publish(new PaidV2(2, 'c'));
    await settle();
    await expect(events.publish(new PaidV2(3, 'c'))).rejects.toMatchObject({ code: 'EVENT_BACKLOG_FULL' });
  });

  it.each([
    ['a retry of a dead letter', 'retry'],
    ['a delay', 'delay'],
  ])('is parked when it comes by a record, after %s', async (_how, how) => {
    const bench = await Bench.opened();
    class Failing extends Notes {
      @OnEvent(OwnV2, { delivery: 'durable', retry: { attempts: 1 } })
      count(): void {
        throw new Error('no');
      }
    }
    if (how === 'retry') {
      const attachment = await bench.durable.started('till', new Failing());
      await bench.publish(new PaidV2(1, 'c'));
      expect(await bench.dead()).toBe(1);
      attachment.close();
    }
    await bench.durable.started('till', new Old());
    const { deadLetters } = bench.durable;
    if (how === 'retry') expect(await deadLetters.retry(NAME, 'event-001', bench.durable.clock.now())).toBe(true);
    else await bench.publisher(PaidV2).publish(new PaidV2(1, 'c'), { id: 'event-001', delayMs: 50 });
    await bench.durable.clock.advance(100);
    await settle();
    expect([await bench.parked(), await bench.dead()]).toEqual([['event-001'], 0]);
  });

  it('shows in the metrics', async () => {
    const bench = await Bench.opened();
    await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'));
    const page = await bench.durable.registry.metrics();
    expect(page).toContain(`panotti_durable_parked{subscription="${NAME}",plugin="till"} 1`);
    expect(page).toContain(`panotti_durable_backlog{subscription="${NAME}",plugin="till"} 1`);
  });

  it('goes with its subscription when that is dropped', async () => {
    const bench = await Bench.opened();
    const attachment = await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'));
    attachment.close();
    await bench.durable.bus.durable.known.drop(NAME);
    expect([await bench.parked(), await bench.store.totals('parked-deliveries')]).toEqual([[], []]);
  });
});

describe('the key of an event of an unknown version', () => {
  it('is held up, also over a restart, and goes on in its order when the version is known; other keys go on', async () => {
    let bench = await Bench.opened();
    let old = new OldKeyed();
    await bench.durable.started('till', old);
    await bench.publish(
      new PaidV1(1, 'a'),
      new PaidV2(2, 'a'),
      new PaidV1(3, 'a'),
      new PaidV1(4, 'b'),
      new PaidV2(5, 'a'),
    );
    await bench.publish(...orders(20, 6).map((order) => new PaidV1(order, 'a')));
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(old.orders).toEqual([1, 4]);
    expect(await bench.parked()).toEqual(['event-002']);

    bench = await bench.restarted();
    old = new OldKeyed();
    await bench.durable.started('till', old);
    await bench.publish(new PaidV1(26, 'a'), new PaidV1(27, 'b'));
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(old.orders).toEqual([27]);

    bench = await bench.restarted();
    const renewed = new NewKeyed();
    await bench.durable.started('till', renewed);
    for (let turn = 0; turn < 30; turn++) await bench.durable.clock.advance(100);
    expect(renewed.orders).toEqual([2, 3, ...orders(22, 5)]);
    expect(bench.backlog).toBe(0);
  });

  it('is not held up where the handler cannot find it in the event', async () => {
    const bench = await Bench.opened();
    const old = new OldKeyed();
    await bench.durable.started('till', old);
    await bench.publish(new PaidV3(1, 'a'), new PaidV1(2, 'a'));
    expect(old.orders).toEqual([2]);
    expect(await bench.parked()).toEqual(['event-001']);
  });
});

describe('a parked event that an operator skips', () => {
  it.each([
    ['through the server', 'live'],
    ['while its plugin does not run', 'stopped'],
    ['while no server runs', 'offline'],
  ])('lets its key go on: %s', async (_where, where) => {
    let bench = await Bench.opened();
    const old = new OldKeyed();
    const attachment = await bench.durable.started('till', old);
    await bench.publish(new PaidV2(1, 'a'), new PaidV1(2, 'a'), new PaidV2(3, 'a'), new PaidV1(4, 'a'));
    expect(old.orders).toEqual([]);
    if (where !== 'live') attachment.close();
    if (where === 'offline') await bench.durable.bus.close();
    const operations =
      where === 'offline' ? await StoreEventOperations.offline(bench.store, bench.durable.clock) : bench.operations;

    expect(await operations.skipParked({ subscription: NAME, eventId: 'event-001' })).toBe(1);
    if (where === 'offline') bench = await Bench.opened(bench.store);
    if (where !== 'live') await bench.durable.started('till', old);
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(old.orders).toEqual([2]);
    expect(await bench.parked()).toEqual(['event-003']);
    expect(bench.backlog).toBe(2);

    expect(await bench.operations.skipParked({ subscription: NAME })).toBe(1);
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(old.orders).toEqual([2, 4]);
    expect([bench.backlog, bench.degradation]).toEqual([0, undefined]);
  });

  it('can be replayed, as long as it is stored', async () => {
    const bench = await Bench.opened();
    await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'));
    await bench.operations.skipParked({ subscription: NAME, eventId: 'event-001' });
    expect(await bench.durable.replay({ eventId: 'event-001' })).toBe(1);
    await bench.durable.clock.advance(1);
    expect(await bench.parked()).toEqual(['event-001']);
  });

  it('has to be parked, for a subscription that is known: what was meant is named', async () => {
    const bench = await Bench.opened();
    await bench.durable.started('till', new Old());
    await bench.publish(new PaidV2(1, 'c'), new PaidV1(2, 'c'));
    const { operations } = bench;
    await expect(operations.skipParked({ subscription: NAME, eventId: 'event-002' })).rejects.toMatchObject({
      code: 'EVENT_NOT_PARKED',
    });
    await expect(operations.skipParked({ subscription: 'till.cuont', eventId: 'event-001' })).rejects.toMatchObject({
      code: 'SUBSCRIPTION_UNKNOWN',
      message: expect.stringContaining('"till.count"'),
    });
    await expect(operations.listParked({ limit: 1, plugin: 'none' })).rejects.toMatchObject({
      code: 'SUBSCRIPTION_UNKNOWN',
    });
  });

  it('is listed in pages, and counted', async () => {
    const bench = await Bench.opened();
    await bench.durable.started('till', new Old());
    await bench.publish(...orders(5).map((order) => new PaidV2(order, 'c')));
    const { operations } = bench;
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await operations.listParked({ limit: 2, plugin: 'till', ...(after !== undefined && { after }) });
      seen.push(...page.events.map(({ eventId }) => eventId));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(orders(5).map((order) => `event-00${order}`));
    expect(await operations.countParked({ subscription: NAME })).toBe(5);
  });
});
