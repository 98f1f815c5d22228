import { existsSync, statSync } from 'node:fs';
import { copyFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../src/common/index.js';
import {
  EncryptionOptions,
  recordCodecOf,
  SqliteStore,
  StoreStatus,
  type StoreOperation,
} from '../../src/storage/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const append = (id: string) => ({ op: 'append', id, name: 'n', time: 1, body: '{}' }) as const;

/** A unit that is written over many turns of the event loop. */
const manyRecords = (id: string): StoreOperation[] => [
  append(id),
  ...Array.from(
    { length: 10_000 },
    (_, index) => ({ op: 'put', table: 't', scope: id, key: `k${index}`, value: 'x' }) as const,
  ),
];

describe('F-05 a store whose files are taken away while it is open', () => {
  let directory: string;
  let path: string;
  let clock: FakeClock;
  let status: StoreStatus;
  let failure: Error | undefined;
  let store: SqliteStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'panotti-f05-'));
    path = join(directory, 'store.db');
    clock = new FakeClock();
    status = new StoreStatus();
    failure = undefined;
    status.onFailed((error) => (failure = error));
    store = await SqliteStore.open({ path, clock, observer: status });
    await store.commit([append('a'), append('b')]);
  });

  afterEach(async () => {
    await store.close().catch(() => undefined);
    await rm(directory, { recursive: true });
  });

  /** Lets time pass until it is noticed, and says how much that took, in milliseconds. */
  async function noticed(): Promise<number> {
    const startMs = clock.monotonicMs();
    await waitFor(async () => {
      if (status.state === 'failed') return true;
      if (clock.pendingTimers > 0) await clock.advance(100);
      return false;
    });
    return clock.monotonicMs() - startMs;
  }

  async function idsIn(file: string): Promise<string[]> {
    const opened = await SqliteStore.open({ path: file });
    const { entries } = await opened.readLog({ after: 0 });
    await opened.close();
    return entries.map(({ id }) => id);
  }

  it.each<[string, () => Promise<void>]>([
    ['removed', () => rm(`${path}-wal`)],
    [
      'replaced by an older copy',
      () => copyFile(`${path}-wal`, `${path}-old`).then(() => rename(`${path}-old`, `${path}-wal`)),
    ],
    [
      'replaced by something else',
      async () => {
        await rm(`${path}-wal`);
        await writeFile(`${path}-wal`, 'x');
      },
    ],
  ])(
    'notices within a second that its journal is %s, takes nothing more, and has lost nothing that was accepted',
    async (_title, take) => {
      await take();
      await store.commit([append('c')]);

      expect(await noticed()).toBeLessThanOrEqual(1_000);
      await expect(store.commit([append('d')])).rejects.toMatchObject({ code: 'STORE_TAKEN_AWAY' });
      expect(failure?.message).toContain('nothing was lost');
      await store.close();
      // As after the end of the process: this one has the old file open for good.
      await copyFile(path, join(directory, 'next.db'));
      await copyFile(`${path}.json`, join(directory, 'next.db.json'));
      expect(await idsIn(join(directory, 'next.db'))).toEqual(['a', 'b', 'c']);
    },
  );

  it.each<[string, () => Promise<void>]>([
    ['removed', () => rm(path)],
    ['moved', () => rename(path, join(directory, 'elsewhere.db'))],
    ['replaced by an older copy', () => copyFile(path, `${path}-old`).then(() => rename(`${path}-old`, path))],
  ])(
    'notices within a second that its database is %s, and leaves a copy with all that was accepted',
    async (_title, take) => {
      await take();
      await store.commit([append('c')]);

      expect(await noticed()).toBeLessThanOrEqual(1_000);
      await expect(store.commit([append('d')])).rejects.toMatchObject({ code: 'STORE_TAKEN_AWAY' });
      expect(failure?.message).toContain(`${path}.rescued-1`);
      await copyFile(`${path}.json`, `${path}.rescued-1.json`);
      expect(await idsIn(`${path}.rescued-1`)).toEqual(['a', 'b', 'c']);
    },
  );

  it.each([
    { what: 'journal', file: () => `${path}-wal`, kept: () => path },
    { what: 'database', file: () => path, kept: () => `${path}.rescued-1` },
  ])(
    'saves what was accepted, and nothing of a large unit that is being written when its $what is removed',
    async ({ file, kept }) => {
      await rm(file());
      const failed = noticed();
      let accepted = 0;
      const accept = async (): Promise<string> => {
        for (;;) {
          try {
            await store.commit(manyRecords(`u${accepted}`));
            accepted++;
          } catch (error) {
            return (error as { code: string }).code;
          }
        }
      };
      expect(await accept()).toBe('STORE_TAKEN_AWAY');
      await failed;
      expect(failure?.message).not.toContain('could not be saved');
      // This process has the file open; the next start, which finds no journal, has another name here.
      const copy = join(directory, 'copy.db');
      await copyFile(kept(), copy);
      await copyFile(`${path}.json`, `${copy}.json`);
      expect(await idsIn(copy)).toEqual(['a', 'b', ...Array.from({ length: accepted }, (_, index) => `u${index}`)]);
    },
  );

  it.each<[string, () => Promise<void>, string]>([
    ['journal is cut', () => truncate(`${path}-wal`, 0), '-wal was cut'],
    ['journal is cut in the middle', () => truncate(`${path}-wal`, 100), '-wal was cut'],
    ['database is cut', () => truncate(path, 0), 'was cut'],
  ])('notices within a second that its %s, and says that this cannot be saved', async (_title, take, what) => {
    // So that the watch has seen them at their size.
    await clock.advance(500);
    await waitFor(() => clock.pendingTimers > 0);
    await take();

    expect(await noticed()).toBeLessThanOrEqual(1_000);
    expect(failure?.message).toContain(what);
    expect(failure?.message).toContain('could not be saved');
    await expect(store.commit([append('d')])).rejects.toMatchObject({ code: 'STORE_TAKEN_AWAY' });
  });

  it.each([
    { cut: 'at its beginning', to: () => 0 },
    { cut: 'in its first frame', to: () => 100 },
    { cut: 'in the middle', to: (size: number) => Math.floor(size / 2) },
    { cut: 'before its last frame', to: (size: number) => size - 5_000 },
  ])(
    'notices that its journal is cut $cut, although what is stored next makes the file as long as it was',
    async ({ to }) => {
      await looked();
      const { size } = statSync(`${path}-wal`);
      await truncate(`${path}-wal`, to(size));
      await store.commit([append('c')]);
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(size);

      expect(await noticed()).toBeLessThanOrEqual(1_000);
      expect(failure?.message).toContain('-wal was cut');
      await expect(store.commit([append('d')])).rejects.toMatchObject({ code: 'STORE_TAKEN_AWAY' });
    },
  );

  it('is left alone by what the store does itself, and asks no more once it is closed', async () => {
    for (let turn = 0; turn < 5; turn++) {
      await store.commit([append(`more ${turn}`), { op: 'trim', through: turn }]);
      await clock.advance(500);
      await waitFor(() => clock.pendingTimers > 0);
    }
    await store.close();

    expect([status.state, clock.pendingTimers]).toEqual(['ready', 0]);
  });
  /** Lets the watch look at the files once. */
  async function looked(): Promise<void> {
    await waitFor(() => clock.pendingTimers > 0 || status.state === 'failed');
    await clock.advance(500);
    await waitFor(() => clock.pendingTimers > 0 || status.state === 'failed');
  }

  const many = (title: string, length = 2_000): StoreOperation[] =>
    Array.from({ length }, (_, index) => append(`${title} ${index}`));

  it.each([
    { what: 'nothing is written after it', isLooking: false, after: [] },
    {
      what: 'so much is written at once that the database has more pages than its file',
      isLooking: false,
      after: many('after'),
    },
    { what: 'the files are looked at meanwhile', isLooking: true, after: many('after') },
  ])(
    'is left alone when its key is changed, which makes both files smaller, and $what',
    async ({ isLooking, after }) => {
      await store.commit(many('before'));
      await store.commit([{ op: 'trim', through: 1_900 }]);
      await store.close();
      const codec = recordCodecOf(
        Object.assign(new EncryptionOptions(), { key: new Secret(Buffer.alloc(32, 1).toString('base64')) }),
      );
      store = await SqliteStore.open({ path, clock, observer: status, codec });
      await store.commit(many('then', 200));
      await looked();
      const before = [statSync(path).size, statSync(`${path}-wal`).size];
      const looking = isLooking ? looked() : undefined;
      for (let step = await store.reseal(); step; step = await store.reseal(step.next));
      const shrunk = [statSync(path).size, statSync(`${path}-wal`).size].map(
        (size, index) => size < (before[index] ?? 0),
      );
      if (after.length > 0) await store.commit(after);
      await looking;
      for (let turn = 0; turn < 3; turn++) await looked();

      expect([shrunk, failure?.message, status.state]).toEqual([[true, true], undefined, 'ready']);
    },
  );

  it('notices that a file is emptied right after the store has made it smaller itself', async () => {
    await store.close();
    const codec = recordCodecOf(
      Object.assign(new EncryptionOptions(), { key: new Secret(Buffer.alloc(32, 1).toString('base64')) }),
    );
    store = await SqliteStore.open({ path, clock, observer: status, codec });
    await looked();
    for (let step = await store.reseal(); step; step = await store.reseal(step.next));
    await truncate(`${path}-wal`, 0);

    expect(await noticed()).toBeLessThanOrEqual(1_000);
    expect(failure?.message).toContain('-wal was cut');
  });
});

describe('F-05 a server whose journal is removed', () => {
  it('ends with 74 and says why, and the next one has all that was stored', async () => {
    await using server = await ServerProcess.started();
    const store = join(server.directory, 'data/panotti/store.db');
    await rm(`${store}-wal`);

    expect(await server.exitCode()).toBe(74);
    expect(server.stdout).toContain('STORE_TAKEN_AWAY');
    expect(existsSync(`${store}-wal`)).toBe(false);
    await using next = await server.startedAgain();
    next.child.kill('SIGTERM');
    expect(await next.exitCode()).toBe(0);
  });
});
