/**
 * One event in flight, against one commit of the same bytes to a file of SQLite with the same settings, in turns in one process: what the
 * disk takes just then is taken by both.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Measured, measuredBus } from './measured-bus.ts';

const ROUNDS = 2_000;
const WARM_UP = 300;

const { directory, events, end } = await measuredBus(1);

const raw = new DatabaseSync(join(directory, 'raw.db'));
raw.exec(
  'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0',
);
raw.exec('CREATE TABLE log (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT');
const insert = raw.prepare('INSERT INTO log (id, body) VALUES (?, ?)');

function commitMs(number: number): number {
  const startedMs = performance.now();
  // The statement is its own transaction.
  insert.run(`00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`, JSON.stringify(new Measured(number)));
  return performance.now() - startedMs;
}

async function eventMs(number: number): Promise<number> {
  const startedMs = performance.now();
  await events.publishAndWait(new Measured(number));
  return performance.now() - startedMs;
}

const commits: number[] = [];
const handled: number[] = [];
for (let round = -WARM_UP; round < ROUNDS; round++) {
  const [commit, event] = [commitMs(round + WARM_UP), await eventMs(round)];
  if (round < 0) continue;
  commits.push(commit);
  handled.push(event);
}
raw.close();
await end();
const at = (values: number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN;
console.log(
  JSON.stringify({
    commitMedianMs: at(commits, 0.5),
    commitP99Ms: at(commits, 0.99),
    eventMedianMs: at(handled, 0.5),
    eventP99Ms: at(handled, 0.99),
  }),
);
