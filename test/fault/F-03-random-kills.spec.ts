import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { randomOf } from '../support/delayed-store.js';
import { HAS_FAKE_TIME } from '../support/fake-time.js';
import { itWhere } from '../support/it-where.js';
import type { LedgerSummary } from '../support/ledger-check.js';
import { runLedger, type Mode } from '../support/ledger-run.js';
import { writeRunRecord } from '../support/run-record.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const panotti = 'plugins:\n  directories: [../plugins]\n';
const FULL = process.env['PANOTTI_TEST_FULL'] !== undefined;
const SEED = Number(process.env['PANOTTI_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Each lane is a server of its own with a store of its own; more than there are processors, because a start also waits. */
const LANES = Number(process.env['PANOTTI_TEST_LANES'] ?? (FULL ? 4 : 1));
const KILLS = Number(process.env['PANOTTI_TEST_KILLS'] ?? (FULL ? 1_000 : 4));
const PENDING = FULL ? 100_000 : 20_000;

/** What happened, as it was noted outside of the server, before the next step could begin. Read as far as it has grown. */
class Journal {
  readonly #counts = new Map<string, Map<string, number>>();
  #offset = 0;
  #rest = '';

  constructor(readonly path: string) {}

  /** How often each id was noted with this word. */
  counts(word: string): ReadonlyMap<string, number> {
    this.#readOn();
    return this.#counts.get(word) ?? new Map<string, number>();
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

const MODES: (Mode & { readonly title: string; readonly isThere?: boolean })[] = [
  { name: 'F-03-plain', title: 'as it is' },
  {
    name: 'F-03-encrypted',
    title: 'with an encrypted store whose key is changed again and again',
    rotatesEvery: FULL ? 10 : 2,
  },
  { name: 'F-03-clock-jumps', title: 'while the wall clock jumps', hasJumpingClock: true, isThere: HAS_FAKE_TIME },
];

describe('F-03 the process is killed while it publishes and handles durable events of every kind', () => {
  for (const { title, isThere = true, ...mode } of MODES) {
    itWhere(isThere)(
      `F-03 loses nothing, keeps the order of keys, gives no event up but one that five kills in a row have hit, and leaves no half unit, ${title}`,
      async () => {
        const random = randomOf(SEED);
        const startedMs = performance.now();
        const kills = Math.ceil(KILLS / LANES);
        const lanes = await Promise.all(
          Array.from({ length: LANES }, () => runLedger(mode, kills, randomOf(Math.floor(random() * 2 ** 31)))),
        );
        const faults = lanes.flatMap((lane) => lane.faults);
        const counts = {
          kills: kills * LANES,
          lanes: LANES,
          seconds: Math.round((performance.now() - startedMs) / 1_000),
          ...total(lanes),
        };
        if (FULL)
          writeRunRecord({
            name: mode.name,
            seed: SEED,
            counts: { ...counts, faults: faults.length },
            history: faults,
          });
        if (process.env['PANOTTI_TEST_VERBOSE']) process.stderr.write(`${mode.name} ${JSON.stringify(counts)}\n`);
        expect({ seed: SEED, faults }).toEqual({ seed: SEED, faults: [] });
        expect(counts).toMatchObject({ acked: expect.any(Number) as number });
      },
      KILLS * 30_000 + 300_000,
    );
  }
});

function total(lanes: readonly LedgerSummary[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { counts } of lanes)
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

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
      const body = JSON.stringify({
        version: 1,
        source: 'durable-orders',
        correlationId: id,
        depth: 1,
        payload: { id, text: padding },
      });
      return { op: 'append', id, name: 'durable-orders.placed', time: Date.now(), body } as const;
    });
    await store.commit(entries);
  }
  await store.close();
}

describe('F-03 the process was killed with many events waiting', () => {
  it('F-03 is ready before it has caught up, begins to deliver at once, and delivers every event once', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-orders-'));
    const journal = new Journal(join(folder.path, 'journal'));
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
    if (process.env['PANOTTI_TEST_VERBOSE'])
      process.stderr.write(`${JSON.stringify({ emptyMs, readyMs, firstMs, handledByThen })}\n`);
    if (FULL)
      expect({ slower: readyMs - emptyMs <= 1_000, late: firstMs > 1_000 }).toEqual({ slower: true, late: false });
  });
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
