import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../../../src/common/index.js';
import { CommitSignal, EventContract, OnEvent, StoreEventOperations } from '../../../../src/events/index.js';
import { LocalOperations } from '../../../../src/management/index.js';
import { ControlChannel } from '../../../../src/management/control-channel.js';
import { ControlSocket } from '../../../../src/management/control-socket.js';
import { SqliteStore, StoreStatus } from '../../../../src/storage/index.js';
import { settle } from '../../../support/fake-clock.js';
import { waitFor } from '../../../support/wait-for.js';
import { DurableBench } from '../../events/durable/durable-bench.js';
import { type Ran, runCommand, surroundingsIn } from '../../../support/run-command.js';

@EventContract('order.placed', { version: 2 })
class OrderPlaced {
  constructor(
    readonly number: number,
    readonly customer: string,
  ) {}
}

@EventContract('order.placed')
class OldOrder {
  number!: number;
  customer!: string;
}

class Till {
  readonly billed: number[] = [];

  @OnEvent(OldOrder, { delivery: 'durable', key: ({ customer }) => customer })
  bill({ number }: OldOrder): void {
    this.billed.push(number);
  }
}

let root: string;
let bench: DurableBench;
let store: SqliteStore;
let channel: ControlChannel | undefined;
let isStopped: boolean;
const status = new StoreStatus();

/** Three orders that are too new for the till. */
beforeEach(async () => {
  isStopped = false;
  root = await mkdtemp(join(tmpdir(), 'panotti-cli-parked-'));
  await mkdir(join(root, 'config'));
  mkdirSync(join(root, 'data/panotti'), { recursive: true });
  store = await SqliteStore.open({ path: join(root, 'data/panotti/store.db'), observer: status });
  bench = await DurableBench.opened(store);
  await bench.started('shop', new Till());
  const events = bench.bus.publisherFor({ name: 'web', emits: [OrderPlaced] });
  for (const number of [1, 2, 3])
    await events.publish(new OrderPlaced(number, `customer-${number}`), { id: `order-${number}` });
  await waitFor(async () => (await store.totals('parked-deliveries'))[0]?.count === 3);
  await settle();
});
afterEach(async () => {
  await channel?.close();
  channel = undefined;
  await stop();
  await rm(root, { recursive: true });
});

/** Ends the server; a second call does nothing. */
async function stop(): Promise<void> {
  if (isStopped) return;
  isStopped = true;
  await bench.bus.close();
  await store.close();
}

/** With the server, through which the commands go; or on its store, after its end. */
const WAYS = [
  [
    'through the server',
    async (): Promise<void> => {
      const events = StoreEventOperations.live(bench.bus.durable, { store, commits: new CommitSignal(status) });
      channel = await ControlChannel.open(
        new ControlSocket(join(root, 'data')),
        new LocalOperations({ events }),
        new SystemClock(),
      );
    },
  ],
  ['on the store', stop],
] as const;

function run(...args: string[]): Promise<Ran> {
  return runCommand(args, surroundingsIn(root));
}

describe.each(WAYS)('parked events from a shell, %s', (_where, prepare) => {
  beforeEach(() => prepare());

  it('are listed, page by page, with their versions and keys', async () => {
    expect((await run('events', 'parked', '--limit', '2')).out.replaceAll(/ +/g, ' ')).toBe(
      `
PARKED EVENT ID EVENT VERSION SUBSCRIPTION KEY
2026-01-01T00:00:00.000Z order-1 order.placed 2 shop.bill customer-1
2026-01-01T00:00:00.000Z order-2 order.placed 2 shop.bill customer-2
`.trimStart(),
    );
    const { out } = await run(
      'events',
      'parked',
      '--subscription',
      'shop.bill',
      '--page',
      'shop.bill@order-2',
      '--json',
    );
    const time = '2026-01-01T00:00:00.000Z';
    const place = {
      subscription: 'shop.bill',
      plugin: 'shop',
      eventId: 'order-3',
      event: 'order.placed',
      version: 2,
      source: 'web',
    };
    expect(JSON.parse(out)).toEqual({ events: [{ ...place, time, parkedAt: time, key: 'customer-3' }], next: null });
    expect(await run('events', 'parked', '--plugin', 'shpo')).toMatchObject({
      code: 64,
      err: expect.stringContaining('"shop"'),
    });
  });

  it('show as parked among the stored events', async () => {
    expect((await run('events', 'list')).out).toContain('shop.bill: parked');
    expect((await run('events', 'show', 'order-1')).out).toMatch(
      /shop\.bill +parked .*EVENT_VERSION_UNKNOWN|shop\.bill +parked .*version 2/,
    );
  });

  it('are skipped one by one, and all only on purpose', async () => {
    expect(await run('events', 'skip', 'shop.bill', 'order-1')).toEqual({
      code: 0,
      out: '1 parked event skipped.\n',
      err: '',
    });
    expect(await run('events', 'skip', 'shop.bill', 'order-1')).toMatchObject({
      code: 64,
      err: expect.stringContaining('EVENT_NOT_PARKED'),
    });
    expect(await run('events', 'skip', 'shop.bil', 'order-2')).toMatchObject({
      code: 64,
      err: expect.stringContaining('"shop.bill"'),
    });
    const unsure = await run('events', 'skip', 'shop.bill', '--all');
    expect(unsure).toMatchObject({
      code: 64,
      err: expect.stringContaining('would skip 2 parked events, and nothing has been done'),
    });
    expect(JSON.parse((await run('events', 'skip', 'shop.bill', '--all', '--yes', '--json')).out)).toEqual({
      skipped: 2,
    });
    expect((await run('events', 'parked')).out).toBe('No event is parked.\n');
  });

  it.each([
    [['shop.bill'], 'name an event by its id, or say --all'],
    [['shop.bill', 'order-1', '--all'], 'an id and --all exclude each other'],
    [[], 'subscription'],
  ])('are not skipped by a command that is incomplete: %j', async (args, words) => {
    expect(await run('events', 'skip', ...args)).toMatchObject({ code: 64, err: expect.stringContaining(words) });
  });
});
