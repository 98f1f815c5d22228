import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const panotti = 'plugins:\n  directories: [../plugins]\n';
const SUBSCRIPTIONS = ['bill', 'ship', 'count'] as const;
const FULL = process.env['PANOTTI_TEST_FULL'] !== undefined;
/** Each lane is a server of its own with a store of its own. */
const LANES = FULL ? 2 : 1;
const KILLS = FULL ? 500 : 6;
const PENDING = FULL ? 100_000 : 20_000;

/** What happened, as it was noted outside of the server, before the next step could begin. Read as far as it has grown. */
class Journal {
  readonly #counts = new Map<string, Map<string, number>>();
  #offset = 0;
  #rest = '';

  private constructor(readonly path: string) {}

  static async begun(): Promise<Journal> {
    return new Journal(join(await mkdtemp(join(tmpdir(), 'panotti-orders-')), 'journal'));
  }

  /** How often each id was noted with this word. */
  counts(word: string): ReadonlyMap<string, number> {
    this.#readOn();
    return this.#counts.get(word) ?? new Map<string, number>();
  }

  /** Accepted events that a subscription has not handled. */
  missing(): string[] {
    const acked = [...this.counts('acked').keys()];
    return SUBSCRIPTIONS.flatMap((subscription) => {
      const handled = this.counts(subscription);
      return acked.filter((id) => !handled.has(id)).map((id) => `${subscription} ${id}`);
    });
  }

  #readOn(): void {
    if (!existsSync(this.path)) return;
    const file = openSync(this.path, 'r');
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#offset);
      this.#offset += readSync(file, bytes, 0, bytes.length, this.#offset);
      const lines = (this.#rest + bytes.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#note(line);
    } finally {
      closeSync(file);
    }
  }

  #note(line: string): void {
    const [word = '', id = ''] = line.split(' ');
    const counts = this.#counts.get(word) ?? new Map<string, number>();
    this.#counts.set(word, counts);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
}

/** Kills a server again and again at random moments. @returns its journal, after a last start in which it caught up and stopped in order */
async function lane(): Promise<Journal> {
  const journal = await Journal.begun();
  const env = { ORDERS_JOURNAL: journal.path };
  await using first = await ServerProcess.started({ panotti, pluginFolders: ['durable-orders'], env });
  let server = first;
  for (let kill = 0; kill < KILLS; kill++) {
    const before = journal.counts('acked').size;
    const more = 1 + Math.floor(Math.random() * 300);
    await waitFor(() => journal.counts('acked').size >= before + more);
    server.signal('SIGKILL');
    await server.exitCode();
    server = await server.startedAgain({ env: kill === KILLS - 1 ? { ...env, ORDERS_PUBLISH: 'no' } : env });
  }
  try {
    await waitFor(() => journal.missing().length === 0).catch(() => undefined);
  } finally {
    server.signal('SIGTERM');
    expect(await server.exitCode()).toBe(0);
  }
  return journal;
}

describe('F-03 the process is killed while it publishes and handles durable events', () => {
  it(
    'F-03 loses no event that was accepted, delivers none that was not published, and each at most once more for each kill',
    async () => {
      const journals = await Promise.all(Array.from({ length: LANES }, lane));
      for (const journal of journals) {
        expect(journal.missing()).toEqual([]);
        const tried = journal.counts('tried');
        for (const subscription of SUBSCRIPTIONS) {
          const handled = [...journal.counts(subscription)];
          expect(handled.filter(([id]) => !tried.has(id))).toEqual([]);
          expect(handled.filter(([, times]) => times > 1 + KILLS)).toEqual([]);
        }
      }
    },
    KILLS * 30_000 + 90_000,
  );
});

/** A store as a server leaves it that was killed before it handled anything. */
async function storeWithPending(directory: string, count: number): Promise<void> {
  await mkdir(join(directory, 'data/panotti'), { recursive: true });
  const store = await SqliteStore.open({ path: join(directory, 'data/panotti/store.db') });
  const name = 'durable-orders.bill';
  const value = JSON.stringify({ plugin: 'durable-orders', event: 'durable-orders.placed', keyed: true });
  await store.commit([
    { op: 'put', table: 'host', scope: 'durable', key: 'running', value: 'running' },
    { op: 'put', table: 'subscriptions', scope: 'durable', key: name, value },
    { op: 'place-cursor', subscription: name, position: 0 },
  ]);
  const padding = 'x'.repeat(250);
  for (let from = 0; from < count; from += 500) {
    const entries = Array.from({ length: 500 }, (_, index) => {
      const id = `p${String(from + index).padStart(6, '0')}`;
      const body = JSON.stringify({ version: 1, source: 'durable-orders', correlationId: id, depth: 1, payload: { id, text: padding } });
      return { op: 'append', id, name: 'durable-orders.placed', time: Date.now(), body } as const;
    });
    await store.commit(entries);
  }
  await store.close();
}

describe('F-03 the process was killed with many events waiting', () => {
  it('F-03 is ready before it has caught up, begins to deliver at once, and delivers every event once', async () => {
    const journal = await Journal.begun();
    const env = { ORDERS_JOURNAL: journal.path, ORDERS_PUBLISH: 'no' };
    await using empty = await ServerProcess.started({ panotti, pluginFolders: ['durable-orders'], env });
    empty.signal('SIGTERM');
    await empty.exitCode();
    const emptyMs = await bootMs(() => empty.startedAgain({ env }));
    await using server = await ServerProcess.spawn({ panotti, pluginFolders: ['durable-orders'], env });
    server.signal('SIGKILL');
    await server.exitCode();
    await storeWithPending(server.directory, PENDING);
    const startedMs = performance.now();
    const filled = await server.startedAgain({ env });
    const readyMs = performance.now() - startedMs;
    const handledByThen = journal.counts('bill').size;
    await waitFor(() => journal.counts('bill').size > 0);
    const firstMs = statSync(journal.path).birthtimeMs - readyTime(filled);
    await waitFor(() => journal.counts('bill').size === PENDING, 600_000);
    filled.signal('SIGTERM');
    expect(await filled.exitCode()).toBe(0);

    expect(handledByThen).toBeLessThan(PENDING);
    expect([...journal.counts('bill').values()].filter((times) => times !== 1)).toEqual([]);
    if (process.env['PANOTTI_TEST_VERBOSE']) process.stderr.write(`${JSON.stringify({ emptyMs, readyMs, firstMs, handledByThen })}\n`);
    if (FULL) expect({ slower: readyMs - emptyMs <= 1_000, late: firstMs > 1_000 }).toEqual({ slower: true, late: false });
  }, 1_200_000);
});

/** When the log says that the plugins are ready, in milliseconds since 1970. */
function readyTime(server: ServerProcess): number {
  const time = server.log().find(({ msg }) => msg.endsWith('plugins are ready.'))?.['time'];
  return typeof time === 'number' ? time : Date.parse(String(time));
}

async function bootMs(start: () => Promise<ServerProcess>): Promise<number> {
  const startedMs = performance.now();
  const server = await start();
  const tookMs = performance.now() - startedMs;
  server.signal('SIGTERM');
  await server.exitCode();
  return tookMs;
}
