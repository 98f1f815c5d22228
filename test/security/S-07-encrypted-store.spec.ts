import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Logger } from '@nestjs/common';
import { Secret, SystemClock } from '../../src/common/index.js';
import {
  AesRecordCodec,
  EncryptionOptions,
  NoStoreObserver,
  recordCodecOf,
  repairStore,
  SqliteStore,
  StoreStatus,
  type LogEntry,
  type Store,
  type StoreOperation,
  type StoreUpkeep,
} from '../../src/storage/index.js';
import { Nonces } from '../../src/storage/sealing/nonces.js';
import { StoreResealing } from '../../src/storage/upkeep/store-resealing.js';
import { ServerProcess } from '../support/server-process.js';
import { hasStrace, runVictim } from '../support/store-victim.js';
import { waitFor } from '../support/wait-for.js';
import { itWhere } from '../support/it-where.js';

const isFull = process.env['PANOTTI_TEST_FULL'] === '1';
const EVENTS = isFull ? 10_000 : 1_500;
const NONCES = isFull ? 10_000_000 : 200_000;

const CANARY = 'canary-4711';
const keyText = (name: string): string => createHash('sha256').update(name).digest('base64');

/** What an operator writes in `storage.encryption`. */
function encryption(key?: string, ...previous: string[]): EncryptionOptions {
  const secret = (name: string): Secret => new Secret(keyText(name));
  return Object.assign(new EncryptionOptions(), {
    key: key === undefined ? undefined : secret(key),
    previousKeys: previous.map(secret),
  });
}

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'panotti-s07-'));
  path = join(directory, 'data/panotti/store.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (options: EncryptionOptions): Promise<SqliteStore> =>
  SqliteStore.open({ path, codec: recordCodecOf(options) });

/** Texts of all sizes, so that pages are split, emptied and filled in every way. */
const bodyOf = (at: number): string =>
  `${'a'.repeat((at * 7) % 700)}${CANARY} ${at} ${'b'.repeat(at % 50 === 0 ? 9_000 : (at * 13) % 300)}`;

function unitOf(at: number): StoreOperation[] {
  const record = { table: 'documents', scope: `s${at % 7}` };
  return [
    { op: 'append', id: `e${at}`, name: 'a.happened', time: at, body: bodyOf(at) },
    { op: 'put', ...record, key: `k${(at * 7_919) % 300}`, value: bodyOf(at) },
    ...(at % 5 === 0
      ? [{ op: 'delete' as const, table: 'documents', scope: `s${(at - 3) % 7}`, key: `k${((at - 3) * 7_919) % 300}` }]
      : []),
  ];
}

async function fill(store: Store, count = EVENTS): Promise<void> {
  const { last } = await store.logStatus();
  for (let from = last + 1; from <= last + count; from += 50) {
    const units = Array.from({ length: Math.min(50, last + count - from + 1) }, (_, index) => unitOf(from + index));
    await Promise.all(units.map((unit) => store.commit(unit)));
  }
  await store.commit([{ op: 'place-cursor', subscription: 's', position: 'end' }]);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The files below the data folder in which a text can be read. */
const filesWith = (text: string, folder = join(directory, 'data')): string[] =>
  filesIn(folder).filter((file) => readFileSync(file).includes(text));

/** Everything, through the store; fails where something cannot be read. */
async function readAll(store: Store): Promise<number> {
  const entries: LogEntry[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await store.readLog({ after });
    expect(page.damaged).toEqual([]);
    entries.push(...page.entries);
    after = page.next;
  }
  for (const { id, body, position } of entries)
    if (body !== bodyOf(Number(id.slice(1)))) throw new Error(`entry ${position} is wrong`);
  for (let scope = 0; scope < 7; scope++) {
    const { records, damaged } = await store.scan({ table: 'documents', scope: `s${scope}` });
    expect(damaged).toEqual([]);
    if (!records.every(({ value }) => value.includes(CANARY))) throw new Error('a record is wrong');
  }
  return entries.length;
}

/** As the server does it after its start, until it is done. */
async function resealed(store: StoreUpkeep): Promise<number> {
  let steps = 0;
  for (let step = await store.reseal(); step; step = await store.reseal(step.next)) steps++;
  return steps;
}

describe('S-07 a store with a key', () => {
  it(`S-07 leaves none of ${EVENTS} events and states readable in any file, old pages and the journal included`, async () => {
    const store = await open(encryption('one'));
    await fill(store);
    expect(filesWith(CANARY)).toEqual([]);
    await store.commit([{ op: 'trim', through: Math.floor(EVENTS / 2) }]);
    expect(filesIn(directory).some((file) => file.endsWith('-wal'))).toBe(true);
    expect(filesWith(CANARY)).toEqual([]);
    expect(await readAll(store)).toBe(EVENTS - Math.floor(EVENTS / 2));
    await store.close();
    expect(filesWith(CANARY)).toEqual([]);
  });

  it(`S-07 uses no nonce twice in ${NONCES}, nor where its counter begins anew`, () => {
    const seen = new Set<bigint>();
    for (const nonces of [new Nonces(), new Nonces(2 ** 32 - NONCES / 10)]) {
      for (let count = 0; count < NONCES / 2; count++) {
        const nonce = Buffer.from(nonces.next());
        seen.add((nonce.readBigUInt64BE(0) << 32n) | BigInt(nonce.readUInt32BE(8)));
      }
    }

    expect(seen.size).toBe(NONCES);
  });

  it('S-07 keeps its files for the user of the server alone: 0600, in a folder with 0700', async () => {
    const store = await open(encryption('one'));
    await fill(store, 50);
    const modes = new Set(filesIn(directory).map((file) => statSync(file).mode & 0o777));

    expect([...modes]).toEqual([0o600]);
    expect(statSync(join(directory, 'data/panotti')).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('S-07 knows rows that were swapped, set back to an older text or to an older version, or taken out of another store', async () => {
    const store = await open(encryption('one'));
    await fill(store, 50);
    await store.commit([{ op: 'put', table: 't', scope: 's', key: 'text', value: 'old' }]);
    await store.commit([{ op: 'put', table: 't', scope: 's', key: 'version', value: 'old' }]);
    await store.commit([{ op: 'put', table: 't', scope: 's', key: 'foreign', value: 'mine' }]);
    await store.close();
    const older = join(directory, 'older.db');
    cpSync(path, older);
    const again = await open(encryption('one'));
    for (const key of ['text', 'version'])
      await again.commit([{ op: 'put', table: 't', scope: 's', key, value: 'new' }]);
    await again.close();
    const stranger = await SqliteStore.open({
      path: join(directory, 'other.db'),
      codec: recordCodecOf(encryption('one')),
    });
    await fill(stranger, 50);
    await stranger.commit([{ op: 'put', table: 't', scope: 's', key: 'foreign', value: 'theirs' }]);
    await stranger.close();
    {
      using db = new DatabaseSync(path);
      db.exec(`
        ATTACH '${join(directory, 'other.db')}' AS stranger; ATTACH '${older}' AS older;
        UPDATE log SET body = (SELECT body FROM stranger.log WHERE position = 5) WHERE position = 5;
        CREATE TEMP TABLE swapped AS SELECT position, body FROM log WHERE position IN (7, 8);
        UPDATE log SET body = (SELECT body FROM swapped WHERE swapped.position = 15 - log.position) WHERE position IN (7, 8);
        UPDATE records SET body = (SELECT body FROM older.records WHERE key = 'text') WHERE key = 'text';
        UPDATE records SET version = 1 WHERE key = 'version';
        UPDATE records SET body = (SELECT body FROM stranger.records WHERE key = 'foreign') WHERE key = 'foreign';
      `);
    }
    const damaged = await open(encryption('one'));

    expect((await damaged.readLog({ after: 0 })).damaged).toMatchObject([
      { position: 5 },
      { position: 7 },
      { position: 8 },
    ]);
    expect((await damaged.scan({ table: 't', scope: 's' })).damaged).toMatchObject([
      { key: 'foreign' },
      { key: 'text' },
      { key: 'version' },
    ]);
    await damaged.close();
  });

  it('S-07 takes no row without a seal once all are sealed, also not one with the right checksum', async () => {
    const plain = await open(encryption());
    await fill(plain, 50);
    await plain.close();
    cpSync(path, join(directory, 'plain.db'));
    const sealing = await open(encryption('one'));
    await resealed(sealing);
    await sealing.close();
    {
      using db = new DatabaseSync(path);
      db.exec(`ATTACH '${join(directory, 'plain.db')}' AS plain;
        UPDATE log SET (body, checksum) = (SELECT body, checksum FROM plain.log WHERE position = 5) WHERE position = 5;`);
    }
    const store = await open(encryption('one'));

    expect((await store.readLog({ after: 0 })).damaged).toEqual([
      { kind: 'entry', position: 5, reason: 'it is not sealed' },
    ]);
    await store.close();
    {
      using db = new DatabaseSync(path);
      db.exec(`ATTACH '${join(directory, 'plain.db')}' AS plain; UPDATE meta SET (body, checksum) =
        (SELECT body, checksum FROM plain.meta WHERE plain.meta.name = meta.name) WHERE name = 'store-id'`);
    }
    await expect(open(encryption('one'))).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it.each([
    ['without a key', encryption()],
    ['with another key', encryption('two')],
    ['with other keys', encryption('two', 'three')],
  ])('S-07 is refused %s before anything is written, by a repair as well', async (_how, options) => {
    const store = await open(encryption('one'));
    await fill(store, 50);
    await store.close();
    const contents = (): string[] =>
      filesIn(directory).map((file) => createHash('sha256').update(file).update(readFileSync(file)).digest('hex'));
    const before = contents();

    await expect(open(options)).rejects.toMatchObject({ code: 'STORE_KEY_MISMATCH' });
    await expect(repairStore(path, recordCodecOf(options))).rejects.toMatchObject({ code: 'STORE_KEY_MISMATCH' });
    expect(contents()).toEqual(before);
  });

  it('S-07 is repaired with its key', async () => {
    const store = await open(encryption('one'));
    await fill(store, 50);
    await store.close();
    rmSync(`${path}.json`);

    expect(await repairStore(path, recordCodecOf(encryption('one')))).toMatchObject({ entries: 50, lost: [] });
    expect(filesWith(CANARY)).toEqual([]);
    const repaired = await open(encryption('one'));
    expect(await readAll(repaired)).toBe(50);
    await repaired.close();
  });
});

describe('S-07 a change of keys', () => {
  it('S-07 leaves nothing of what was written before there was a key: not in use, not freed, not in the journal', async () => {
    const plain = await open(encryption());
    await fill(plain);
    await plain.commit([{ op: 'trim', through: Math.floor(EVENTS / 3) }]);
    await plain.close();
    expect(filesWith(CANARY)).not.toEqual([]);

    const store = await open(encryption('one'));
    expect(await resealed(store)).toBeGreaterThan(3);
    expect(filesWith(CANARY)).toEqual([]);
    expect(await readAll(store)).toBe(EVENTS - Math.floor(EVENTS / 3));
    await store.close();
    expect(filesWith(CANARY)).toEqual([]);
  });

  it('S-07 leaves nothing of a large store either, from its next start on', async () => {
    const plain = await open(encryption());
    for (let at = 0; at < 100; at++) {
      await plain.commit([
        { op: 'put', table: 'documents', scope: 's', key: `k${at}`, value: CANARY + 'x'.repeat(250_000) },
      ]);
    }
    await plain.commit(
      Array.from({ length: 20 }, (_, at) => ({
        op: 'delete' as const,
        table: 'documents',
        scope: 's',
        key: `k${at * 5}`,
      })),
    );
    await plain.close();
    const sealing = await open(encryption('one'));
    await resealed(sealing);
    expect((await sealing.logStatus()).bytes).toBeGreaterThan(16 * 1_048_576);
    await sealing.close();
    const store = await open(encryption('one'));

    expect(filesWith(CANARY)).toEqual([]);
    expect((await store.scan({ table: 'documents', scope: 's' })).records).toHaveLength(80);
    await store.close();
    expect(filesWith(CANARY)).toEqual([]);
  });

  it('S-07 refuses a start without the old key until nothing is sealed with it, and does nothing once it is done', async () => {
    const first = await open(encryption('one'));
    await fill(first, 500);
    await first.close();
    const second = await open(encryption('two', 'one'));
    await second.reseal();
    await second.close();

    await expect(open(encryption('two'))).rejects.toMatchObject({ code: 'STORE_KEY_MISMATCH' });
    const third = await open(encryption('two', 'one'));
    await resealed(third);
    expect(await third.reseal()).toBeUndefined();
    await third.close();
    const fourth = await open(encryption('two'));
    expect([await fourth.reseal(), await readAll(fourth)]).toEqual([undefined, 500]);
    await fourth.close();
    await expect(open(encryption('one'))).rejects.toMatchObject({ code: 'STORE_KEY_MISMATCH' });
  });

  it('S-07 back to none stores everything as it is again', async () => {
    const sealed = await open(encryption('one'));
    await fill(sealed, 500);
    await sealed.close();
    const opening = await open(encryption(undefined, 'one'));
    await resealed(opening);
    await opening.close();
    const plain = await open(encryption());

    expect(await readAll(plain)).toBe(500);
    expect(filesWith(CANARY)).toEqual([path]);
    await plain.close();
  });

  it('S-07 happens while the store is used: every read and every write succeeds meanwhile', async () => {
    Logger.overrideLogger(false);
    const first = await open(encryption('one'));
    await fill(first);
    await first.close();
    const status = new StoreStatus();
    const store = await SqliteStore.open({
      path,
      codec: recordCodecOf(encryption('two', 'one')),
      observer: new NoStoreObserver(),
    });
    const resealing = new StoreResealing(store, new SystemClock(), status);
    resealing.start();
    let reads = 0;
    const lefts = new Set<number>();
    await waitFor(async () => {
      lefts.add(status.resealLeft);
      reads += await readAll(store);
      await fill(store, 2);
      return (await store.reseal()) === undefined;
    });
    await resealing.stop();
    Logger.overrideLogger(['log', 'warn', 'error', 'fatal']);

    expect(reads).toBeGreaterThan(3 * EVENTS);
    expect(lefts.size).toBeGreaterThan(3);
    expect([status.resealLeft, await store.parked()]).toEqual([0, []]);
    await store.close();
    const again = await open(encryption('two'));
    await readAll(again);
    await again.close();
  });
});

describe('S-07 a change of keys whose process is killed', () => {
  itWhere(hasStrace)(
    'S-07 at any system call on the store, while everything is sealed, loses nothing, and is completed by the next start (strace)',
    async () => {
      const template = join(directory, 'template');
      const plain = await SqliteStore.open({ path: join(template, 'store.db') });
      await fill(plain, 450);
      await plain.close();
      const calls = 'openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink';
      const keys = { current: { id: 'seven', key: Buffer.alloc(32, 7) } };
      const problems: string[] = [];
      let points = 0;
      let exitCode: number | undefined;
      for (let when = 1; exitCode !== 0; when += isFull ? 1 : 31) {
        const folder = join(directory, String(when));
        cpSync(template, folder, { recursive: true });
        path = join(folder, 'store.db');
        exitCode = (await runVictim({ path, mode: 'reseal', inject: { calls, what: `signal=SIGKILL:when=${when}` } }))
          .exitCode;
        try {
          const store = await SqliteStore.open({ path, codec: new AesRecordCodec(keys) });
          if ((await readAll(store)) !== 450) problems.push(`call ${when}: entries are missing`);
          await resealed(store);
          if ((await store.parked()).length > 0) problems.push(`call ${when}: there is damage`);
          if (filesWith(CANARY, folder).length > 0) problems.push(`call ${when}: something is readable`);
          await store.close();
        } catch (error) {
          problems.push(`call ${when}: ${String(error)}`);
        }
        points++;
        rmSync(folder, { recursive: true });
      }

      expect(problems).toEqual([]);
      expect(points).toBeGreaterThan(10);
    },
    900_000,
  );
});

describe('S-07 a server with a key', () => {
  const isReadable = (server: ServerProcess): string[] => filesWith('x'.repeat(50), join(server.directory, 'data'));
  const PLUGINS = 'plugins:\n  directories: [../plugins]\n';
  const section = (...lines: string[]): string =>
    PLUGINS + ['storage:', '  encryption:', ...lines.map((line) => `    ${line}`)].join('\n');
  const write = (server: ServerProcess, text: string): void =>
    writeFileSync(join(server.directory, 'config/panotti.yaml'), text);
  const stopped = async (server: ServerProcess): Promise<number> => {
    server.signal('SIGTERM');
    return server.exitCode();
  };
  const metric = async (server: ServerProcess): Promise<string | undefined> =>
    /^panotti_store_reseal_left \d+$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[0];

  it('S-07 is given it by a variable, seals what is there while it serves, takes the next key, and ends with 78 without them', async () => {
    const environment = {
      ORDERS_JOURNAL: join(directory, 'journal'),
      STORE_KEY: keyText('one'),
      NEXT_KEY: Buffer.from(keyText('two'), 'base64').toString('hex'),
    };
    await using plain = await ServerProcess.started({
      panotti: PLUGINS,
      pluginFolders: ['durable-orders'],
      env: environment,
    });
    await waitFor(
      () =>
        readFileSync(environment.ORDERS_JOURNAL, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('ship ')).length > 300,
    );
    expect(await stopped(plain)).toBe(0);
    expect(isReadable(plain)).not.toEqual([]);

    write(plain, section('key: ${STORE_KEY}'));
    const sealing = await plain.startedAgain({ env: environment });
    await waitFor(() => sealing.log().some(({ msg }) => msg.startsWith('The whole store is sealed')));
    expect(sealing.log().some(({ msg }) => msg.startsWith('The store is being sealed again while it is used'))).toBe(
      true,
    );
    expect(await metric(sealing)).toBe('panotti_store_reseal_left 0');
    expect(isReadable(sealing)).toEqual([]);
    expect(await stopped(sealing)).toBe(0);

    write(plain, section('key: ${NEXT_KEY}', 'previousKeys: ["${STORE_KEY}"]'));
    const rotating = await plain.startedAgain({ env: environment });
    await waitFor(() => rotating.log().some(({ msg }) => msg.startsWith('The whole store is sealed')));
    expect(rotating.log().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    expect(await stopped(rotating)).toBe(0);

    for (const text of [section('key: ${STORE_KEY}'), PLUGINS]) {
      write(plain, text);
      const refused = plain.spawnedAgain({ env: environment });
      expect(await refused.exitCode()).toBe(78);
      expect(refused.stderr).toContain('STORE_KEY_MISMATCH');
    }
    write(plain, section('key: ${NEXT_KEY}'));
    const last = await plain.startedAgain({ env: environment });
    expect(await stopped(last)).toBe(0);
    expect(isReadable(last)).toEqual([]);
    expect(
      [sealing, rotating, last].some(({ stdout, stderr }) => (stdout + stderr).includes(keyText('one').slice(0, 20))),
    ).toBe(false);
  });

  it('S-07 says where a key is that is none, without showing it', async () => {
    await using server = await ServerProcess.spawn({
      panotti: section('key: ${STORE_KEY}'),
      env: { STORE_KEY: 'hunter2' },
    });

    expect(await server.exitCode()).toBe(78);
    expect(server.stderr).toMatch(
      /panotti\.yaml:5:10\s+storage\.encryption\.key: must be a key: 32 bytes, as base64 or as 64 hexadecimal digits/,
    );
    expect(server.stderr).not.toContain('hunter2');
  });
});
