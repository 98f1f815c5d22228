/** Stores that earlier builds have written, opened by this one: test/fixtures/stores. */
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as common from '../../../src/common/index.js';
import * as events from '../../../src/events/index.js';
import * as panotti from '../../../src/index.js';
import * as storage from '../../../src/storage/index.js';
import { MIGRATIONS } from '../../../src/storage/sqlite/migrations.js';
import { FakeClock } from '../../support/fake-clock.js';
import { bookingKey, startLedger, type LedgerSettings, type Memory } from '../../support/stores/ledger.js';
import {
  readContents,
  type Expected,
  type StoredEvent,
  type StoreReader,
} from '../../support/stores/store-contents.js';
import { waitFor } from '../../support/wait-for.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/stores');
const STORES = globSync('format-*/*/expected.json', { cwd: FIXTURES })
  .map((path) => dirname(path))
  .sort();
const SUBSCRIPTIONS = ['books.audit', 'books.book', 'books.mirror'];
const READER: StoreReader = { common, events, storage };

describe('A store of an earlier format', () => {
  let dataDirectory: string;
  beforeEach(async () => void (dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-earlier-'))));
  afterEach(() => rm(dataDirectory, { recursive: true }));

  it('is there for the format of this build, of each kind', () => {
    const kinds = STORES.filter((store) => store.startsWith(`format-${MIGRATIONS.length}/`)).map(
      (store) => store.split('/')[1],
    );

    const earliest = [
      'plain',
      'backlog',
      'dead-letters',
      'delayed',
      'keyed-retries',
      'killed',
      'encrypted',
      'encrypted-killed',
    ];
    expect(kinds).toEqual(expect.arrayContaining([...earliest, 'parked', 'due-clock', 'missing']));
  });

  it.each(STORES)('is intact, with each event, delivery and dead letter as it was: %s', async (store) => {
    const { key, document: _document, records: _records, ...contents } = expectedOf(store);
    const path = await copyOf(store, dataDirectory);

    expect(await readContents(path, key ?? undefined, READER)).toEqual(contents);
  });

  it.each(STORES)(
    'gives the plugin what it remembered, and each handler what it has not handled, once and in the order of its key: %s',
    async (store) => {
      const expected = expectedOf(store);
      await copyOf(store, dataDirectory);
      const run = await handledBy({ dataDirectory, key: expected.key ?? undefined, version: newestOf(expected) });

      expect(run.remembered).toEqual({ document: expected.document, records: expected.records });
      for (const subscription of SUBSCRIPTIONS) {
        const due = expected.events.filter(({ deliveries }) =>
          ['waiting', 'retrying', 'parked'].includes(deliveries[subscription] ?? ''),
        );
        expect([subscription, run.handled(subscription).toSorted(byNumber)]).toEqual([subscription, due.map(numberOf)]);
      }
      for (const [account, numbers] of Map.groupBy(run.handled('books.book'), (number) => accountOf(expected, number)))
        expect([account, numbers]).toEqual([account, numbers.toSorted(byNumber)]);
    },
  );

  it.each(STORES)(
    'holds, after that, one change of the state for each event that was not given up: %s',
    async (store) => {
      const expected = expectedOf(store);
      await copyOf(store, dataDirectory);
      const settings = { dataDirectory, key: expected.key ?? undefined, version: newestOf(expected) };
      await handledBy(settings);
      const { remembered, handled } = await handledBy(settings);

      const numbers = expected.events.map(numberOf);
      expect(Object.keys(remembered?.records ?? {})).toEqual(numbers.map(bookingKey));
      expect(remembered?.document).toMatchObject({ count: numbers.length });
      expect(SUBSCRIPTIONS.flatMap(handled)).toEqual([]);
    },
  );

  it('holds what is parked for handlers that know the version, and gives nothing of it to those that do not', async () => {
    await copyOf('format-1/parked', dataDirectory);
    const numbers: number[] = [];
    await using ledger = await startLedger({
      panotti,
      dataDirectory,
      version: 1,
      handle: (_, number) => numbers.push(number),
    });
    const { durable } = ledger.app.get(events.EventBus);
    const standing = async (): Promise<unknown> =>
      (await durable.figures()).map(({ subscription, backlog, parked }) => [subscription, backlog, parked]).toSorted();

    await waitFor(() => ledger.app.get(panotti.PluginHost).plugin('books').state === 'degraded');
    // The last of the four waits behind the first of its account.
    expect(await standing()).toEqual([
      ['books.audit', 4, 4],
      ['books.book', 4, 3],
      ['books.mirror', 4, 4],
    ]);
    expect(numbers).toEqual([]);
  });

  it('delivers an event when it is due, to the millisecond by the clock of the store: format-1/due-clock', async () => {
    const path = await copyOf('format-1/due-clock', dataDirectory);
    const { seen } = (await recordIn(path, { table: 'host', scope: 'durable', key: 'clock' })) as { seen: number };
    const dues = await duesIn(path);
    const clock = new FakeClock(seen);
    const handled: [number, number][] = [];
    const handle = (subscription: string, number: number): unknown =>
      subscription === 'books.audit' && handled.push([number, clock.now()]);
    await using ledger = await startLedger({ panotti, dataDirectory, clock, handle });
    await waitFor(() => ledger.app.get(panotti.PluginHost).plugin('books').state === 'ready');
    await clock.advance(Math.max(...dues) - seen);

    expect(dues).toHaveLength(2);
    expect(handled).toEqual(dues.map((due, index) => [3 + index, due]));
  });

  it('counts the grace of a missing subscription from the moment at which its handler was gone: format-1/missing', async () => {
    const path = await copyOf('format-1/missing', dataDirectory);
    const before = await subscriptionsIn(path);
    const since = Math.max(...before.map(({ missingSince }) => missingSince));
    const clock = new FakeClock(since + 3_600_000);
    await (await startLedger({ panotti, dataDirectory, clock, hasBooks: false })).app.close();

    expect(before.map(({ missingSince }) => missingSince > Date.UTC(2026, 0, 1))).toEqual(
      SUBSCRIPTIONS.map(() => true),
    );
    expect(await subscriptionsIn(path)).toEqual(before);
  });

  it.each(STORES)(
    'that a newer build has carried on is refused by this one, and every file is as it was to the byte: %s',
    async (store) => {
      const { key } = expectedOf(store);
      const path = await copyOf(store, dataDirectory);
      const codec = storage.recordCodecOf({ key: key === null ? undefined : new common.Secret(key), previousKeys: [] });
      const migrations = [...MIGRATIONS, 'CREATE TABLE later (text TEXT) STRICT;'];
      await (await storage.SqliteStore.open({ path, codec, migrations })).close();
      const before = await filesIn(dirname(path));

      await expect(storage.SqliteStore.open({ path, codec })).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
      expect(await filesIn(dirname(path))).toEqual(before);
    },
  );
});

function expectedOf(store: string): Expected {
  return JSON.parse(readFileSync(join(FIXTURES, store, 'expected.json'), 'utf8')) as Expected;
}

/** Puts the store into a data directory, and returns its path. */
async function copyOf(store: string, dataDirectory: string): Promise<string> {
  const folder = join(dataDirectory, 'panotti');
  await mkdir(folder);
  for (const file of await readdir(join(FIXTURES, store)))
    if (file.startsWith('store.db')) await cp(join(FIXTURES, store, file), join(folder, file));
  return join(folder, 'store.db');
}

async function withStore<T>(path: string, look: (store: storage.Store) => Promise<T>): Promise<T> {
  const store = await storage.SqliteStore.open({ path });
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** A record of the host, as it stands in the store. */
function recordIn(
  path: string,
  { table, scope, key }: { table: string; scope: string; key: string },
): Promise<unknown> {
  return withStore(path, async (store) => JSON.parse((await store.get(table, scope, key))?.value ?? 'null') as unknown);
}

/** When the deliveries that wait are due, by the clock of the store, the earliest first; each subscription waits for the same events. */
function duesIn(path: string): Promise<number[]> {
  return withStore(path, async (store) => {
    const { records } = await store.scan({ table: 'deliveries', scope: 'books.audit' });
    return records.map(({ due }) => due ?? Number.NaN).toSorted(byNumber);
  });
}

function subscriptionsIn(path: string): Promise<{ missingSince: number }[]> {
  return withStore(path, async (store) => {
    const { records } = await store.scan({ table: 'subscriptions', scope: 'durable' });
    return records.map(({ value }) => JSON.parse(value) as { missingSince: number });
  });
}

interface LedgerRun {
  readonly remembered: Memory | undefined;
  /** The numbers that a subscription has handled, in the order of the calls. */
  readonly handled: (subscription: string) => number[];
}

/** Runs the application until nothing waits any more. */
async function handledBy(settings: Pick<LedgerSettings, 'dataDirectory' | 'key' | 'version'>): Promise<LedgerRun> {
  const calls: [subscription: string, number: number][] = [];
  let remembered: Memory | undefined;
  const handle = (...[subscription, number]: [string, number]): unknown => calls.push([subscription, number]);
  await using ledger = await startLedger({
    ...settings,
    panotti,
    handle,
    remembered: (memory) => (remembered = memory),
  });
  const { durable } = ledger.app.get(events.EventBus);
  await waitFor(async () => (await durable.figures()).every(({ backlog }) => backlog === 0), 120_000);
  return {
    remembered,
    handled: (name) => calls.flatMap(([subscription, number]) => (subscription === name ? [number] : [])),
  };
}

/** A version of the handlers that knows each event of the store. */
function newestOf({ events: stored }: Expected): number {
  return Math.max(...stored.map(({ version }) => version));
}

function numberOf({ payload }: StoredEvent): number {
  return (payload as { number: number }).number;
}

function accountOf({ events: stored }: Expected, number: number): string | undefined {
  return stored
    .map(({ payload }) => payload as { number: number; account: string })
    .find((each) => each.number === number)?.account;
}

function byNumber(a: number, b: number): number {
  return a - b;
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const contents = await Promise.all(
    names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')] as const),
  );
  return Object.fromEntries(contents);
}
