/**
 * What the closed loop could reach: the same events with the same bytes, checksums and group commits, written by hand on `node:sqlite` and
 * nothing else. No validation, no retries, no order, nothing that could be looked at. Arguments: subscriptions, in flight.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

const [subscriptions = 1, inFlight = 100] = process.argv.slice(2).map(Number);
const MEASURED_MS = 3_000;
const WARM_UP = 1_000;
/** As the store: a larger journal is moved into the file. */
const CHECKPOINT_PAGES = 4_000;
const NAME = 'bench.measured';
const TEXT = 'x'.repeat(270);

interface Waiting {
  readonly number: number;
  position: number;
  readonly acknowledged: () => void;
}

const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-'));
const db = new DatabaseSync(join(directory, 'ceiling.db'));
db.exec(
  'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0',
);
db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000');
db.exec(`
  CREATE TABLE log (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, time INTEGER NOT NULL, body ANY NOT NULL, checksum INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX log_by_id ON log (id);
  CREATE TABLE cursors (
    subscription TEXT NOT NULL, slot INTEGER NOT NULL, generation INTEGER NOT NULL, body ANY NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (subscription, slot)
  ) STRICT, WITHOUT ROWID;
`);
const append = db.prepare('INSERT INTO log (position, id, name, time, body, checksum) VALUES (?, ?, ?, ?, ?, ?)');
const move = db.prepare(
  'INSERT OR REPLACE INTO cursors (subscription, slot, generation, body, checksum) VALUES (?, ?, ?, ?, ?)',
);
const begin = db.prepare('BEGIN IMMEDIATE');
const commit = db.prepare('COMMIT');
const journalSize = db.prepare('PRAGMA wal_checkpoint(NOOP)');
const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');

const names = Array.from({ length: subscriptions }, (_, index) => `bench.s${index}`);
let handled = 0;
const handlers = names.map(
  () =>
    (_number: number): void =>
      void handled++,
);
let published: Waiting[] = [];
let delivered: Waiting[] = [];
let isScheduled = false;
let last = 0;
let generation = 0;

function publish(number: number): Promise<void> {
  return new Promise((acknowledged) => {
    published.push({ number, position: 0, acknowledged });
    schedule();
  });
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    writeGroup();
  });
}

/** One transaction: what was published since the last one, and the cursors behind what was handled. */
function writeGroup(): void {
  const [appended, acknowledged] = [published, delivered];
  [published, delivered] = [[], []];
  begin.run();
  for (const each of appended) write(each);
  if (acknowledged.length > 0) writeCursors(acknowledged.at(-1)?.position ?? 0);
  commit.run();
  for (const each of appended) for (const handle of handlers) handle(each.number);
  delivered = appended;
  for (const each of acknowledged) each.acknowledged();
  if (Number(journalSize.get()?.['log']) >= CHECKPOINT_PAGES) checkpoint.get();
  if (delivered.length > 0) schedule();
}

function write(each: Waiting): void {
  each.position = ++last;
  const id = `00000000-0000-7000-8000-${each.number.toString(16).padStart(12, '0')}`;
  const time = Date.now();
  const payload = { number: each.number, text: TEXT };
  const body = JSON.stringify({ version: 1, source: 'bench', correlationId: id, depth: 1, payload });
  const label = `entry ${each.position} ${id.length} ${id} ${NAME.length} ${NAME} ${time} `;
  append.run(each.position, id, NAME, time, body, crc32(label + body));
}

function writeCursors(position: number): void {
  generation++;
  const slot = generation % 2;
  const body = String(position);
  for (const name of names) {
    move.run(name, slot, generation, body, crc32(`cursor ${name.length} ${name} ${slot} ${generation} ${body}`));
  }
}

let next = 0;
async function loop(until: () => boolean, latencies: number[]): Promise<void> {
  while (!until()) {
    const startedMs = performance.now();
    await publish(next++);
    latencies.push(performance.now() - startedMs);
  }
}

const clients = (until: () => boolean, latencies: number[]): Promise<unknown> =>
  Promise.all(Array.from({ length: inFlight }, () => loop(until, latencies)));

await clients(() => next >= WARM_UP, []);
const latencies: number[] = [];
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const startedMs = performance.now();
const cpuBefore = process.threadCpuUsage();
await clients(() => performance.now() - startedMs > MEASURED_MS, latencies);
const seconds = (performance.now() - startedMs) / 1_000;
const { user, system } = process.threadCpuUsage(cpuBefore);
delay.disable();
if (handled !== next * subscriptions) throw new Error('Events were not handled.');
db.close();
rmSync(directory, { recursive: true, force: true });
latencies.sort((a, b) => a - b);
const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
const cpuUs = (user + system) / latencies.length;
console.log(
  JSON.stringify({ perSecond: latencies.length / seconds, p99Ms, loopDelayP99Ms: delay.percentile(99) / 1e6, cpuUs }),
);
