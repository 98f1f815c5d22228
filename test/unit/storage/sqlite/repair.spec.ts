import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { repairStore, SqliteStore } from '../../../../src/storage/index.js';
import { runCli } from '../../../../src/cli/run-cli.js';

describe('the repair of a store', () => {
  let directory: string;
  let path: string;
  let bytes: Buffer;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-repair-'));
    path = join(directory, 'panotti/store.db');
    const store = await SqliteStore.open({ path });
    await store.commit([{ op: 'place-cursor', subscription: 's', position: 0 }]);
    for (let at = 1; at <= 100; at++) {
      await store.commit([
        { op: 'append', id: `e${at}`, name: 'a.happened', time: at, body: `event ${at} `.repeat(30) },
        { op: 'put', table: 'documents', scope: 'shop', key: `k${at}`, value: `value ${at} `.repeat(30) },
        { op: 'acknowledge', subscription: 's', position: at },
      ]);
    }
    await store.commit([{ op: 'trim', through: 10 }]);
    await store.close();
    bytes = readFileSync(path);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('keeps everything of a store that is only older than it was, positions and cursors included', async () => {
    await (await SqliteStore.open({ path })).close();
    writeFileSync(path, bytes);
    await expect(SqliteStore.open({ path })).rejects.toMatchObject({ code: 'STORE_DAMAGED' });

    expect(await repairStore(path)).toEqual({
      keptAs: [`${path}.damaged-1`, `${path}.damaged-1.json`],
      entries: 90,
      records: 100,
      lost: [],
    });
    const store = await SqliteStore.open({ path });
    expect((await store.readLog({ after: 0, limit: 1 })).entries).toMatchObject([{ position: 11, id: 'e11' }]);
    expect((await store.cursors()).get('s')).toEqual({ position: 100, above: [] });
    await store.close();
    expect(readFileSync(`${path}.damaged-1`).equals(bytes)).toBe(true);
  });

  it('saves what can be read around pages that cannot, says what is lost, and leaves a store that opens', async () => {
    const broken = Buffer.from(bytes);
    for (const text of ['event 50 ', 'value 50 ']) broken.fill(0, pageOf(bytes, text), pageOf(bytes, text) + 4_096);
    writeFileSync(path, broken);

    const { entries, records, lost } = await repairStore(path);
    expect(entries).toBeGreaterThan(70);
    expect(records).toBeGreaterThan(80);
    expect(lost).toEqual(
      expect.arrayContaining([expect.stringContaining('could not be read'), 'entry 50 (is not there)']),
    );
    const store = await SqliteStore.open({ path });
    expect(await store.commit([{ op: 'append', id: 'new', name: 'n', time: 1, body: '{}' }])).toMatchObject({
      positions: [101],
    });
    await store.close();
  });

  it('makes an empty store, and says so, where nothing can be read or nothing is there', async () => {
    writeFileSync(path, 'no database '.repeat(1_000));
    expect(await repairStore(path)).toMatchObject({
      entries: 0,
      records: 0,
      lost: expect.arrayContaining([expect.stringMatching(/log: nothing could be read/)]),
    });
    rmSync(path);
    expect(await repairStore(path)).toMatchObject({
      entries: 0,
      lost: ['the store was not there: the new one is empty'],
    });
    await (await SqliteStore.open({ path })).close();
  });

  it('leaves a store alone that is in use', async () => {
    const store = await SqliteStore.open({ path });
    await expect(repairStore(path)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await store.close();
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
  });

  it('is a command, which says what it has done and where the old files are', async () => {
    using db = new DatabaseSync(path);
    db.exec("UPDATE log SET body = 'false' WHERE position = 20");
    db.close();
    const config = join(directory, 'config');
    const written = { out: '', err: '' };
    const code = await runCli(['store', 'repair', '--data-dir', directory], {
      terminal: {
        out: (text) => void (written.out += text),
        err: (text) => void (written.err += text),
        isInteractive: false,
      },
      environment: { PANOTTI_CONFIG_DIR: mkdtempIn(config) },
      shipped: '/nowhere',
    });

    expect({ code, ...written }).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(
        /rebuilt with 89 events and 100 records[\s\S]*Kept: .*store\.db\.damaged-1\n[\s\S]*entry 20 \(the checksum differs\)/,
      ),
    });
  });
});

function mkdtempIn(folder: string): string {
  return mkdtempSync(`${folder}-`);
}

function pageOf(bytes: Buffer, text: string): number {
  return Math.floor(bytes.lastIndexOf(text) / 4_096) * 4_096;
}
