/**
 * A start of the server with so many deliveries that wait for a durable subscription: until it is ready, and from then until the first of
 * them is handled. Argument: how many wait.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SqliteStore } from '../../dist/storage/index.js';
import { prefill } from './prefill.ts';

const pending = Number(process.argv[2] ?? 0);
const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

const PLUGIN = `
import { writeFileSync } from 'node:fs';
import { EventContract, OnEvent, Plugin } from 'panotti';
export class Placed {}
EventContract('waiting.placed')(Placed);
export class WaitingPlugin {
  count = 0;
  async handle() {
    if (this.count++ === 0) writeFileSync(process.env.FIRST_FILE, String(Date.now()));
  }
}
OnEvent(Placed, { delivery: 'durable' })(WaitingPlugin.prototype, 'handle');
Plugin({ name: 'waiting', version: '1.0.0', emits: [Placed] })(WaitingPlugin);
`;

const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-boot-'));
const plugin = join(directory, 'plugins/waiting');
const config = join(directory, 'config');
const firstFile = join(directory, 'first');
mkdirSync(plugin, { recursive: true });
mkdirSync(config);
writeFileSync(
  join(plugin, 'package.json'),
  JSON.stringify({ name: 'waiting', version: '1.0.0', type: 'module', main: 'index.js' }),
);
writeFileSync(join(plugin, 'index.js'), PLUGIN);
writeFileSync(join(config, 'panotti.yaml'), 'plugins:\n  directories: [../plugins]\n');

function start(): ChildProcess {
  const own = {
    PORT: '0',
    PANOTTI_CONFIG_DIR: config,
    PANOTTI_DATA_DIR: join(directory, 'data'),
    FIRST_FILE: firstFile,
  };
  return spawn(process.execPath, [MAIN], {
    cwd: directory,
    env: { ...process.env, NODE_ENV: 'production', ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** When the server says that its plugins are ready, by its own clock. */
async function readyAt(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('The server has no output.');
  for await (const line of createInterface(server.stdout)) {
    const { msg, time } = JSON.parse(line) as { msg: string; time: number | string };
    if (msg.endsWith('plugins are ready.')) return new Date(time).getTime();
  }
  throw new Error('The server ended before it was ready.');
}

async function firstAt(): Promise<number> {
  for (const giveUpMs = performance.now() + 60_000; performance.now() < giveUpMs;) {
    try {
      return Number(readFileSync(firstFile, 'utf8')) || NaN;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  throw new Error('Nothing was delivered.');
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const over = once(server, 'exit');
  server.kill(signal);
  await over;
}

// Makes the subscription known.
const before = start();
await readyAt(before);
await ended(before, 'SIGTERM');
const store = await SqliteStore.open({ path: join(directory, 'data/panotti/store.db') });
await prefill(store, pending, { name: 'waiting.placed', source: 'waiting', text: 'x'.repeat(270) });
await store.close();

const startedAt = Date.now();
const server = start();
const ready = await readyAt(server);
const first = pending > 0 ? await firstAt() : ready;
await ended(server, 'SIGKILL');
rmSync(directory, { recursive: true, force: true });
console.log(JSON.stringify({ readyMs: ready - startedAt, firstMs: first - ready }));
