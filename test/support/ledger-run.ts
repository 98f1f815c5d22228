/** Runs a server with test/fixtures/plugins/durable-ledger and kills it again and again; `judgeLedger` says what came of it. */
import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../src/common/index.js';
import { EncryptionOptions, recordCodecOf, SqliteStore } from '../../src/storage/index.js';
import { FakeTime } from './fake-time.js';
import { AckedCount, judgeLedger, type LedgerSummary } from './ledger-check.js';
import { ServerProcess } from './server-process.js';
import { waitFor } from './wait-for.js';

const panotti = 'plugins:\n  directories: [../plugins]\n';
/** Of those that are killed: a start that costs as little as it can, since there are very many. */
const VICTIM = `${panotti}http:\n  docs: false\ntelemetry:\n  metrics: false\n  watchdog: false\n  logLevel: error\n`;

export interface Mode {
  /** Of its record. */
  readonly name: string;
  /** Another key for the store, every so many kills. */
  readonly rotatesEvery?: number;
  /** The wall clock is set by up to an hour, every 10 s. */
  readonly hasJumpingClock?: boolean;
}

const KEY_BYTES = 32;
/** The life before the first that is killed. */
const BEFORE = -1;
const JUMP_EVERY_MS = 10_000;
const HOUR_S = 3_600;
/** Within which a server is killed; most are killed soon after work has begun. */
const MOST_PUBLISHED = 200;
/** Every so many lives is long enough for what waits until a server has run for a while. */
const LONG_EVERY = 10;
const LONG_LIFE_MS = 6_000;
const DONE_WITHIN_MS = 180_000;

/** The keys of a store, the current one last. */
class StoreKeys {
  readonly #keys: string[] = [];

  constructor(private readonly isUsed: boolean) {
    this.rotate();
  }

  rotate(): void {
    if (this.isUsed) this.#keys.push(randomBytes(KEY_BYTES).toString('base64'));
  }

  get yaml(): string {
    const [key, ...previous] = this.#keys.toReversed();
    return key === undefined
      ? ''
      : `storage:\n  encryption:\n    key: ${key}\n    previousKeys: ${JSON.stringify(previous)}\n`;
  }

  open(path: string): Promise<SqliteStore> {
    const [key, ...previous] = this.#keys.toReversed().map((text) => new Secret(text));
    const options = Object.assign(new EncryptionOptions(), { key, previousKeys: previous });
    return SqliteStore.open({ path, codec: recordCodecOf(options) });
  }
}

/** Sets the wall clock at random until it is disposed of. */
class ClockJumps implements AsyncDisposable {
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly time: FakeTime,
    random: () => number,
  ) {
    const jump = (): void => void time.set(`${random() < 0.5 ? '-' : '+'}${Math.floor(random() * HOUR_S)}`);
    jump();
    this.#timer = setInterval(jump, JUMP_EVERY_MS);
  }

  static async begun(random: () => number): Promise<ClockJumps> {
    return new ClockJumps(await FakeTime.create(), random);
  }

  get env(): Record<string, string> {
    return this.time.env;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.time[Symbol.asyncDispose]();
  }
}

/** Kills a server again and again at random moments, lets the last one finish its work, and judges what they have left behind. */
export async function runLedger(
  { rotatesEvery, hasJumpingClock = false }: Mode,
  kills: number,
  random: () => number,
): Promise<LedgerSummary> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'panotti-ledger-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const journal = join(folder, 'journal');
  const keys = new StoreKeys(rotatesEvery !== undefined);
  const jumps = hasJumpingClock ? stack.use(await ClockJumps.begun(random)) : undefined;
  const env = (life: number): Record<string, string> => ({
    LEDGER_JOURNAL: journal,
    LEDGER_LIFE: String(life),
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...((life === BEFORE || life === kills) && { LEDGER_PUBLISH: 'no' }),
    ...jumps?.env,
  });
  const first = stack.use(
    await ServerProcess.started({ panotti: panotti + keys.yaml, pluginFolders: ['durable-ledger'], env: env(BEFORE) }),
  );
  // Node writes its cache when a process ends in order.
  first.signal('SIGTERM');
  expect(await first.exitCode()).toBe(0);
  const configure = (text: string): Promise<void> =>
    writeFile(join(first.directory, 'config/panotti.yaml'), text + keys.yaml);
  const acked = new AckedCount(journal);
  await configure(VICTIM);
  let server = first.spawnedAgain({ env: env(0) });
  for (let kill = 1; kill <= kills; kill++) {
    const enough = acked.now() + 1 + Math.floor(random() ** 2 * MOST_PUBLISHED);
    const endsMs = kill % LONG_EVERY === 0 ? performance.now() + LONG_LIFE_MS : 0;
    await waitFor(() => (acked.now() >= enough && performance.now() >= endsMs) || hasEnded(server));
    if (hasEnded(server)) throw new Error(`The server ended: ${server.stderr}${server.stdout}`);
    server.signal('SIGKILL');
    expect(await server.exitCode()).toBe(137);
    await appendFile(journal, 'killed\n');
    if (rotatesEvery !== undefined && kill % rotatesEvery === 0) {
      keys.rotate();
      await configure(VICTIM);
    }
    if (kill === kills) await configure(panotti);
    server = first.spawnedAgain({ env: env(kill) });
  }
  const path = join(first.directory, 'data/panotti/store.db');
  await waitFor(() => isDone(server), DONE_WITHIN_MS).catch(() => undefined);
  server.signal('SIGTERM');
  expect(await server.exitCode()).toBe(0);
  const store = await keys.open(path);
  stack.defer(() => store.close());
  return await judgeLedger(journal, store, kills);
}

function hasEnded({ child }: ServerProcess): boolean {
  return child.exitCode !== null;
}

/** Nothing waits for any subscription. */
async function isDone(server: ServerProcess): Promise<boolean> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const backlogs = [...metrics.matchAll(/^panotti_durable_backlog\{subscription="durable-ledger[^}]*\} (\d+)/gm)];
  return backlogs.length > 0 && backlogs.every(([, count]) => count === '0');
}
