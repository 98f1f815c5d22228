import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  AesRecordCodec,
  ChecksumRecordCodec,
  SqliteStore,
  type RecordKeys,
  type Store,
} from '../../../src/storage/index.js';

const CANARY = 'canary-4711';
const key = (id: string) => ({ id, key: createHash('sha256').update(id).digest() });

describe('a store with a key', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-sealed-'));
    path = join(directory, 'store.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = (keys: RecordKeys): Promise<SqliteStore> => SqliteStore.open({ path, codec: new AesRecordCodec(keys) });

  async function fill(store: Store, from = 0): Promise<void> {
    for (let at = from; at < from + 300; at++) {
      await store.commit([
        { op: 'append', id: `e${at}`, name: 'a.happened', time: at, body: `${CANARY} event ${at}` },
        { op: 'put', table: 'documents', scope: 's', key: `k${at % 7}`, value: `${CANARY} value ${at}` },
      ]);
    }
  }

  async function readAll(store: Store): Promise<number> {
    const { entries, damaged } = await store.readLog({ after: 0 });
    const { records, damaged: more } = await store.scan({ table: 'documents', scope: 's' });
    expect([...damaged, ...more]).toEqual([]);
    expect(entries.every(({ body, time }) => body === `${CANARY} event ${time}`)).toBe(true);
    expect(records.every(({ value }) => value.startsWith(CANARY))).toBe(true);
    return entries.length;
  }

  it('S-07 leaves no payload and no value readable in any file, while it is open and afterwards', async () => {
    const store = await open({ current: key('k1') });
    await fill(store);
    const isReadable = (): boolean =>
      readdirSync(directory).some((name) => readFileSync(join(directory, name)).includes(CANARY));

    expect(isReadable()).toBe(false);
    expect(await readAll(store)).toBe(300);
    await store.close();
    expect(isReadable()).toBe(false);
  });

  it.each([
    ['without its key', () => new ChecksumRecordCodec()],
    ['with another key', () => new AesRecordCodec({ current: key('k2') })],
    ['with another key under the same id', () => new AesRecordCodec({ current: { id: 'k1', key: key('x').key } })],
  ])('S-07 is refused %s, before anything is written', async (_how, codec) => {
    const store = await open({ current: key('k1') });
    await fill(store);
    await store.close();
    const before = readFileSync(path);

    await expect(SqliteStore.open({ path, codec: codec() })).rejects.toMatchObject({
      code: 'STORE_KEY_MISMATCH',
      message: expect.stringContaining('"k1"'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('S-07 changes its key while it is used: every read succeeds meanwhile, and the old key is not needed afterwards', async () => {
    const first = await open({ current: key('k1') });
    await fill(first);
    await first.commit([
      { op: 'place-cursor', subscription: 's', position: 7 },
      { op: 'trim', through: 1 },
    ]);
    await first.close();

    const second = await open({ current: key('k2'), previous: [key('k1')] });
    let steps = 0;
    for (let step = await second.reseal(); step; step = await second.reseal(step.next)) {
      expect(await readAll(second)).toBe(299 + steps);
      await second.commit([
        { op: 'append', id: `new${steps}`, name: 'n', time: 300 + steps, body: `${CANARY} event ${300 + steps}` },
      ]);
      steps++;
    }
    await second.close();

    const third = await open({ current: key('k2') });
    expect(steps).toBeGreaterThan(1);
    expect(await readAll(third)).toBe(299 + steps);
    expect((await third.cursors()).get('s')).toEqual({ position: 7, above: [] });
    await third.close();
  });

  it('seals a store that was begun without a key, and then takes nothing that is not sealed', async () => {
    const plain = await SqliteStore.open({ path });
    await fill(plain);
    await plain.close();
    const sealing = await open({ current: key('k1') });
    for (let step = await sealing.reseal(); step; step = await sealing.reseal(step.next));
    await sealing.close();
    const sealed = await open({ current: key('k1') });
    expect(await readAll(sealed)).toBe(300);
    await sealed.close();
  });

  it('S-07 knows records that were swapped, set back or taken out of another store with the same key', async () => {
    const store = await open({ current: key('k1') });
    await fill(store);
    await store.close();
    const other = join(directory, 'other');
    cpSync(path, `${other}.older`);
    const again = await open({ current: key('k1') });
    await again.commit([{ op: 'put', table: 'documents', scope: 's', key: 'k1', value: 'newer' }]);
    await again.close();
    const stranger = await SqliteStore.open({ path: `${other}.db`, codec: new AesRecordCodec({ current: key('k1') }) });
    await fill(stranger);
    await stranger.close();
    {
      using db = new DatabaseSync(path);
      db.exec(`
        ATTACH '${other}.db' AS stranger; ATTACH '${other}.older' AS older;
        UPDATE log SET body = (SELECT body FROM stranger.log WHERE position = 5) WHERE position = 5;
        UPDATE log SET body = (SELECT body FROM log WHERE position = 8) WHERE position = 7;
        UPDATE records SET body = (SELECT body FROM older.records WHERE key = 'k1') WHERE key = 'k1';
      `);
    }
    const damaged = await open({ current: key('k1') });

    expect((await damaged.readLog({ after: 0 })).damaged).toMatchObject([{ position: 5 }, { position: 7 }]);
    await expect(damaged.get('documents', 's', 'k1')).rejects.toMatchObject({ code: 'RECORD_DAMAGED' });
    await damaged.close();
  });

  it('never uses a nonce twice, and refuses keys that are none', () => {
    const codec = new AesRecordCodec({ current: key('k1') });
    const nonces = new Set(
      Array.from({ length: 20_000 }, () => Buffer.from(codec.seal('l', 't').body).subarray(4, 16).toString('hex')),
    );

    expect(nonces.size).toBe(20_000);
    expect(() => new AesRecordCodec({ current: { id: 'k', key: new Uint8Array(16) } })).toThrow('16 bytes');
    expect(() => new AesRecordCodec({ current: key('a'), previous: [key('a')] })).toThrow('same id');
  });
});
