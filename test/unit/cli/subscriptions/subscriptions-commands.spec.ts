/** `panotti subscriptions`: what it shows, what it takes away, and when it refuses. */
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventContract, OnEvent } from '../../../../src/events/index.js';
import { SqliteStore } from '../../../../src/storage/index.js';
import { FakeClock, settle } from '../../../support/fake-clock.js';
import { waitFor } from '../../../support/wait-for.js';
import { DurableBench } from '../../events/durable/durable-bench.js';
import { type Ran, runCommand, surroundingsIn } from '../../../support/run-command.js';

const TEN_MINUTES = 600_000;

@EventContract('order.placed')
class OrderPlaced {
  constructor(readonly number: number) {}
}

class Till {
  @OnEvent(OrderPlaced, { delivery: 'durable', retry: { attempts: 1 } })
  bill({ number }: OrderPlaced): void {
    if (number === 1) throw new Error('refused');
  }
}

class Post {
  @OnEvent(OrderPlaced, { delivery: 'durable' })
  $ship(): void {
    // It only has to be there.
  }
}

class Without {}

let root: string;
let store: SqliteStore | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'panotti-cli-subscriptions-'));
  await mkdir(join(root, 'config'));
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  await rm(root, { recursive: true });
});

async function bench(): Promise<DurableBench> {
  mkdirSync(join(root, 'data/panotti'), { recursive: true });
  store = await SqliteStore.open({ path: join(root, 'data/panotti/store.db') });
  return DurableBench.opened(store);
}

async function closed(used: DurableBench): Promise<void> {
  await used.bus.close();
  await store?.close();
  store = undefined;
}

/** Two subscriptions; `shop.bill` has a dead letter, then its handler is gone, and two events wait for it. */
async function seed(): Promise<void> {
  const used = await bench();
  const events = used.bus.publisherFor({ name: 'web', emits: [OrderPlaced] });
  const both = await used.started('shop', new Till(), new Post());
  await events.publish(new OrderPlaced(1));
  await waitFor(async () => (await store?.totals('dead-letters'))?.[0]?.count === 1);
  await settle();
  both.close();
  await used.clock.advance(TEN_MINUTES);
  await used.started('shop', new Post());
  await events.publish(new OrderPlaced(2));
  await events.publish(new OrderPlaced(3), { delayMs: 60_000 });
  await used.clock.advance(90_000);
  await closed(used);
}

/** Half an hour after what was seeded. */
function run(...args: string[]): Promise<Ran> {
  return runCommand(args, { ...surroundingsIn(root), clock: new FakeClock(Date.UTC(2026, 0, 1, 0, 40)) });
}

describe('panotti subscriptions list', () => {
  it('shows who gets stored events, what waits, and until when what is missing is kept', async () => {
    await seed();
    const { code, out, err } = await run('subscriptions', 'list');
    expect([code, err]).toEqual([0, '']);
    const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows.slice(0, 3)).toEqual([
      [
        'SUBSCRIPTION',
        'PLUGIN',
        'HANDLER',
        'EVENT',
        'BACKLOG',
        'SET ASIDE',
        'OLDEST',
        'DEAD',
        'MISSING SINCE',
        'KEPT UNTIL',
      ],
      ['shop.$ship', 'shop', 'Post.$ship', 'order.placed', '0', '0', '-', '0', '-', '-'],
      [
        'shop.bill',
        'shop',
        'Till.bill',
        'order.placed',
        '2',
        '1',
        '30 min',
        '1',
        '2026-01-01T00:10:00.000Z',
        '2026-01-08T00:10:00.000Z',
      ],
    ]);
  });

  it('is JSON on request, and goes by the configured grace', async () => {
    await seed();
    await writeFile(join(root, 'config/panotti.yaml'), 'events:\n  durable:\n    missingGrace: 1d\n');
    const { code, out } = await run('subscriptions', 'list', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      subscriptions: [
        { name: 'shop.$ship', backlog: 0, oldestAgeMs: 0, missingSince: null, keptUntil: null },
        {
          name: 'shop.bill',
          backlog: 2,
          setAside: 1,
          oldestAgeMs: 1_800_000,
          missingSince: '2026-01-01T00:10:00.000Z',
          keptUntil: '2026-01-02T00:10:00.000Z',
        },
      ],
    });
  });

  it('says so where there are none', async () => {
    await closed(await bench());
    expect(await run('subscriptions', 'list')).toEqual({
      code: 0,
      out: 'There are no durable subscriptions.\n',
      err: '',
    });
  });
});

describe('panotti subscriptions drop', () => {
  it('says what would be lost, and does nothing without --yes', async () => {
    await seed();
    const { code, out, err } = await run('subscriptions', 'drop', 'shop.bill');
    expect([code, out]).toEqual([64, '']);
    expect(err).toBe(
      'error: this would drop for good the durable subscription "shop.bill" of plugin "shop" to "order.placed" with 2 events that wait for it. ' +
        'Nothing has been done. Add --yes to do it.\n' +
        'Its 1 dead letter stays: `panotti dead-letters drop --all --subscription shop.bill --yes` removes it.\n',
    );
    expect((await run('subscriptions', 'list')).out).toContain('shop.bill');
  });

  it('takes away the subscription and what waits for it, and leaves the others and its dead letters', async () => {
    await seed();
    const { code, out } = await run('subscriptions', 'drop', 'shop.bill', '--yes', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { dropped: { name: 'shop.bill', plugin: 'shop', event: 'order.placed', events: 2, deadLettersLeft: 1 } },
    ]);
    const { out: listed } = await run('subscriptions', 'list', '--json');
    expect((JSON.parse(listed) as { subscriptions: { name: string }[] }).subscriptions.map(({ name }) => name)).toEqual(
      ['shop.$ship'],
    );
    expect((await run('dead-letters', 'list')).out).toContain('shop.bill');
    store = await SqliteStore.open({ path: join(root, 'data/panotti/store.db') });
    expect([await store.totals('deliveries'), [...(await store.cursors()).keys()]]).toEqual([[], ['shop.$ship']]);
  });

  it('is what the warning of a missing subscription advises, word for word', async () => {
    const used = await bench();
    (await used.started('shop', new Post())).close();
    await used.started('shop', new Without());
    const [, command = ''] = /`panotti (subscriptions drop [^`]+)`/.exec(used.log.at(-1)?.message ?? '') ?? [];
    await closed(used);
    expect(command).toBe("subscriptions drop 'shop.$ship'");
    expect((await run('subscriptions', 'drop', 'shop.$ship', '--yes')).out).toBe(
      'Dropped the durable subscription "shop.$ship" of plugin "shop" to "order.placed", for which nothing waits.\n',
    );
  });

  it.each([
    ['shop.bil', 'Did you mean "shop.bill"?'],
    ['shop', 'There are shop.$ship, shop.bill.'],
    ['SHOP.BILL', '"SHOP.BILL"'],
  ])('refuses a name that is not exactly that of one: %s', async (name, text) => {
    await seed();
    for (const confirmed of [[], ['--yes']]) {
      const { code, err } = await run('subscriptions', 'drop', name, ...confirmed);
      expect([code, err]).toEqual([64, expect.stringContaining(text)]);
      expect(err).toContain('panotti subscriptions list');
    }
  });

  it('refuses to be run without a name', async () => {
    await seed();
    expect((await run('subscriptions', 'drop', '--yes')).code).toBe(64);
  });

  it.each([[['list']], [['drop', 'shop.bill', '--yes']]])(
    'says to stop the server first while one has the store open: %s',
    async (args) => {
      await seed();
      const used = await bench();
      const { code, err } = await run('subscriptions', ...args);
      expect(code).toBe(75);
      expect(err).toContain('SUBSCRIPTIONS_IN_USE');
      expect(err).toContain('Stop the server first');
      await closed(used);
      expect((await run('subscriptions', 'list')).out).toContain('shop.bill');
    },
  );

  it('ends with 74 where there is no store', async () => {
    const { code, err } = await run('subscriptions', 'list');
    expect([code, err]).toEqual([74, expect.stringContaining('STORE_MISSING')]);
  });
});
