import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteStore, type Damage } from '../../src/storage/index.js';

const FLIPS = process.env['PANOTTI_TEST_FULL'] === '1' ? 10_000 : 150;
const ENTRIES = 120;
const PAGE = 4_096;

const bodyOf = (id: string): string => JSON.stringify({ id, text: `payload of ${id} `.repeat(20) });

/** What could be read, and what was said to be damaged. */
interface Contents {
  readonly entries: ReadonlyMap<number, string>;
  readonly records: ReadonlyMap<string, string>;
  readonly cursor: number;
  readonly damaged: readonly Damage[];
  /** The list of the store, after it has looked through all that it has. */
  readonly parked: readonly Damage[];
}

describe('F-06 a damaged store', () => {
  let directory: string;
  let path: string;
  let original: Contents;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'panotti-f06-'));
    path = join(directory, 'store.db');
    const store = await SqliteStore.open({ path: join(directory, 'original.db') });
    await store.commit([{ op: 'place-cursor', subscription: 's', position: 0 }]);
    for (let at = 1; at <= ENTRIES; at++) {
      await store.commit([
        {
          op: 'append',
          id: `event-${String(at).padStart(4, '0')}`,
          name: 'a.happened',
          time: at,
          body: bodyOf(`e${at}`),
        },
        {
          op: 'put',
          table: 'deliveries',
          scope: 's',
          key: `k${String(at).padStart(4, '0')}`,
          value: bodyOf(`r${at}`),
          due: at,
        },
        ...(at <= 50 ? [{ op: 'acknowledge', subscription: 's', position: at } as const] : []),
      ]);
    }
    await store.close();
    restore();
    original = await contents();
    expect(original.entries.size + original.records.size).toBe(2 * ENTRIES);
  });
  beforeEach(restore);
  afterAll(() => rm(directory, { recursive: true }));

  function restore(): void {
    for (const suffix of ['', '-wal', '-shm', '.json']) rmSync(path + suffix, { force: true });
    copyFileSync(join(directory, 'original.db'), path);
    copyFileSync(join(directory, 'original.db.json'), `${path}.json`);
  }

  async function contents(): Promise<Contents> {
    const store = await SqliteStore.open({ path });
    try {
      const log = await store.readLog({ after: 0 });
      const cursor = (await store.cursors()).get('s');
      const page = await store.scan({ table: 'deliveries', scope: 's' });
      for (let next = await store.verify(); next !== undefined; next = await store.verify(next));
      return {
        entries: new Map(log.entries.map(({ position, body }) => [position, body])),
        records: new Map(page.records.map(({ key, value }) => [key, value])),
        cursor: cursor?.position ?? 0,
        damaged: [...log.damaged, ...page.damaged],
        parked: await store.parked(),
      };
    } finally {
      await store.close().catch(() => undefined);
    }
  }

  /** What is wrong with what was read: a text that nobody wrote, an entry that is neither given nor reported, a cursor that has moved on. */
  function lies(found: Contents): string[] {
    const reported = new Set(found.damaged.map((damage) => (damage.kind === 'entry' ? damage.position : undefined)));
    return [
      ...[...found.entries]
        .filter(([position, body]) => body !== original.entries.get(position))
        .map(([position]) => `entry ${position} is false`),
      ...[...found.records]
        .filter(([key, value]) => value !== original.records.get(key))
        .map(([key]) => `record ${key} is false`),
      ...[...original.entries.keys()]
        .filter((at) => !found.entries.has(at) && !reported.has(at))
        .map((at) => `entry ${at} is silently gone`),
      ...(found.cursor > original.cursor ? [`the cursor has moved from ${original.cursor} to ${found.cursor}`] : []),
      ...(found.records.size < original.records.size && !found.parked.some(({ kind }) => kind === 'record')
        ? ['records are silently gone']
        : []),
    ];
  }

  async function refusalOrContents(): Promise<Contents | string> {
    return contents().catch((error: { code?: string; message: string }) => {
      // A bit of the format makes a file of a later version of it, which is left alone.
      const isRefused =
        error.code === 'STORE_DAMAGED'
          ? error.message.includes('panotti store repair')
          : error.code === 'STORE_TOO_NEW';
      if (!isRefused || !error.message.includes(path)) throw error;
      return error.message;
    });
  }

  it.each([0x40_00_01, -0x80_00_00_00 + 1, -1])('is told by a format that cannot be: %d', async (format) => {
    const bytes = readFileSync(path);
    bytes.writeInt32BE(format, 60);
    writeFileSync(path, bytes);

    await expect(contents()).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining(`the format ${format}`),
    });
    expect(readFileSync(path)).toEqual(bytes);
  });

  it(`gives out nothing that was not written, and drops nothing silently, after each of ${FLIPS} bit flips anywhere`, async () => {
    const bytes = readFileSync(path);
    const seed = Date.now() % 1_000_000;
    const random = numbers(seed);
    const problems: string[] = [];
    let parked = 0;
    for (let flip = 0; flip < FLIPS; flip++) {
      restore();
      const bit = Math.floor(random() * bytes.length * 8);
      flipBit(path, bit);
      const found = await refusalOrContents();
      if (typeof found === 'string') continue;
      parked += found.damaged.length;
      problems.push(...lies(found).map((lie) => `seed ${seed}, bit ${bit}: ${lie}`));
    }

    expect(problems).toEqual([]);
    expect(parked).toBeGreaterThan(FLIPS / 10);
  });

  it('parks exactly the one record whose payload has a flipped bit, and gives out all others', async () => {
    const bytes = readFileSync(path);
    const problems: string[] = [];
    for (let at = 1; at <= ENTRIES; at += 3) {
      restore();
      const isEntry = at % 2 === 0;
      const text = bodyOf(isEntry ? `e${at}` : `r${at}`);
      // Pages keep remains of rows that have moved to others: only one of the places is read.
      for (let offset = bytes.indexOf(text); offset >= 0; offset = bytes.indexOf(text, offset + 1))
        flipBit(path, (offset + 40) * 8 + (at % 7));
      const found = await contents();
      const missing = 2 * ENTRIES - found.entries.size - found.records.size;
      if (found.damaged.length !== 1 || missing !== 1)
        problems.push(`${at}: ${found.damaged.length} damaged, ${missing} missing`);
      problems.push(...lies(found));
    }

    expect(problems).toEqual([]);
  });

  it('is refused, or tells what is gone, when it is cut off at any page or any page is zeros', async () => {
    const problems: string[] = [];
    for (let page = 0; page < statSync(path).size / PAGE; page++) {
      for (const damage of ['truncated', 'zeroed'] as const) {
        restore();
        if (damage === 'truncated') truncateSync(path, page * PAGE);
        else writeAt(path, page * PAGE, Buffer.alloc(PAGE));
        const found = await refusalOrContents();
        if (typeof found !== 'string') problems.push(...lies(found).map((lie) => `page ${page} ${damage}: ${lie}`));
      }
    }

    expect(problems).toEqual([]);
  });

  it('knows rows that were swapped, moved or written by hand', async () => {
    edit(`
      UPDATE log SET body = (SELECT body FROM log WHERE position = 61), checksum = (SELECT checksum FROM log WHERE position = 61) WHERE position = 60;
      UPDATE log SET id = 'other' WHERE position = 62;
      UPDATE log SET position = 1099511627776 WHERE position = 64;
      DELETE FROM log WHERE position = 63;
      UPDATE records SET version = version + 1 WHERE key = 'k0001';
      UPDATE records SET due = due + 1 WHERE key = 'k0002';
      UPDATE records SET key = 'k0003x' WHERE key = 'k0003';
      UPDATE records SET scope = 's', key = 'k0004x' WHERE key = 'k0004';
      UPDATE cursors SET body = '120' WHERE slot = 0;
    `);
    const found = await contents();

    expect(
      found.damaged.map((damage) =>
        damage.kind === 'entry' ? damage.position : damage.kind === 'record' ? damage.key : '',
      ),
    ).toEqual([60, 62, 63, 64, 'k0001', 'k0002', 'k0003x', 'k0004x']);
    expect(lies(found)).toEqual([]);
  });

  it('lists what was found, over a restart, once', async () => {
    edit("UPDATE records SET body = 'false' WHERE key IN ('k0001', 'k0002')");
    await contents();
    await contents();
    const store = await SqliteStore.open({ path });

    await expect(store.get('deliveries', 's', 'k0001')).rejects.toMatchObject({ code: 'RECORD_DAMAGED' });
    expect((await store.parked()).map((damage) => damage.kind === 'record' && damage.key)).toEqual(['k0001', 'k0002']);
    await store.close();
  });

  it('falls back to the other copy of a cursor, and never to a later one', async () => {
    edit("UPDATE cursors SET body = '99' WHERE generation = (SELECT max(generation) FROM cursors)");
    const found = await contents();

    expect(found.cursor).toBe(49);
    edit("UPDATE cursors SET body = '99'");
    expect((await contents()).cursor).toBe(0);
  });

  it.each([
    ['is missing', () => rmSync(path), 'is missing, although there was one'],
    ['is empty', () => truncateSync(path, 0), 'is empty, although there was something in it'],
    ['is another file', () => writeFileSync(path, 'hello '.repeat(1_000)), 'is no database'],
  ])('is refused when it %s, with the way out, and no other is made', async (_what, damage, message) => {
    damage();
    const before = existsSync(path) ? readFileSync(path) : undefined;

    await expect(SqliteStore.open({ path })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining(message),
    });
    expect(existsSync(path) ? readFileSync(path) : undefined).toEqual(before);
  });

  it('is refused when an older copy or another store was put in its place', async () => {
    copyFileSync(path, `${path}.older`);
    await contents();
    copyFileSync(`${path}.older`, path);
    await expect(SqliteStore.open({ path })).rejects.toMatchObject({
      message: expect.stringContaining('is older than the one that was here'),
    });

    rmSync(`${path}.older`);
    const other = await SqliteStore.open({ path: `${path}.other` });
    await other.close();
    copyFileSync(`${path}.other`, path);
    await expect(SqliteStore.open({ path })).rejects.toMatchObject({
      message: expect.stringContaining('is another one'),
    });
  });

  it('is refused when the journal of a server that was killed is gone', async () => {
    const marker = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as object;
    writeFileSync(`${path}.json`, JSON.stringify({ ...marker, state: 'open' }));

    await expect(SqliteStore.open({ path })).rejects.toMatchObject({
      message: expect.stringContaining('has lost its journal'),
    });
  });

  function edit(sql: string): void {
    using db = new DatabaseSync(path);
    db.exec(sql);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
});

function flipBit(path: string, bit: number): void {
  const byte = bit >> 3;
  const value = (readFileSync(path)[byte] ?? 0) ^ (1 << (bit & 7));
  writeAt(path, byte, Buffer.from([value]));
}

function writeAt(path: string, offset: number, bytes: Buffer): void {
  const file = readFileSync(path);
  bytes.copy(file, offset);
  writeFileSync(path, file);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
