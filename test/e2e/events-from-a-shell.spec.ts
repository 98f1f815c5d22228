import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtempDisposable, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { CommandShell } from '../support/command-shell.js';
import type { Ran } from '../support/run-command.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const PANOTTI = join(import.meta.dirname, '../../dist/cli/panotti.js');

const environmentIn = (directory: string): Record<string, string> => ({
  PANOTTI_CONFIG_DIR: join(directory, 'config'),
  PANOTTI_DATA_DIR: join(directory, 'data'),
  ORDERS_OPEN: join(directory, 'open'),
  ORDERS_JOURNAL: join(directory, 'journal'),
});

/** A server whose plugin refuses every order until it is told to open, and the commands that are run beside it. */
class Shop {
  static async opened(): Promise<Shop> {
    return new Shop(
      await ServerProcess.started({
        panotti: 'plugins:\n  directories: [../plugins]\nhttp:\n  docs: false\n',
        pluginFolders: ['refuses-orders'],
        env: environmentIn,
      }),
    );
  }

  server: ServerProcess;
  /** Ends its successors, too. */
  readonly #first: ServerProcess;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #shell: CommandShell;

  private constructor(server: ServerProcess) {
    this.server = this.#first = server;
    this.#environment = environmentIn(server.directory);
    this.#shell = new CommandShell(this.#environment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shell[Symbol.asyncDispose]();
    await this.#first[Symbol.asyncDispose]();
  }

  async start(): Promise<void> {
    this.server = await this.server.startedAgain({ env: this.#environment });
  }

  async order(...numbers: number[]): Promise<void> {
    for (const number of numbers) {
      const response = await fetch(`${this.server.url}/api/refuses-orders/${number}`, { method: 'POST' });
      if (!response.ok) throw new Error(await response.text());
    }
  }

  open(): Promise<void> {
    return writeFile(this.#environment['ORDERS_OPEN'] ?? '', '');
  }

  async journal(): Promise<string[]> {
    const text = await readFile(this.#environment['ORDERS_JOURNAL'] ?? '', 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1).toSorted();
  }

  spawn(...args: string[]): Command {
    return new Command(args, this.#environment);
  }

  /** In the process that runs the other commands, too. */
  run(...args: string[]): Promise<Ran> {
    return this.#shell.run(args);
  }

  async letters(): Promise<string[]> {
    const { letters } = parsed<{ letters: { eventId: string }[] }>(await this.run('dead-letters', 'list', '--json'));
    return letters.map(({ eventId }) => eventId);
  }
}

function parsed<T>({ code, out, err }: Ended): T {
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as T;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** In a process of its own. */
class Command {
  out = '';
  err = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [PANOTTI, ...args], { env: { ...process.env, ...environment } });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = new Promise((resolve) => child.once('close', resolve));
  }

  async ended(): Promise<Ended> {
    return { code: await this.exit, out: this.out, err: this.err };
  }
}

describe('events and dead letters from a shell', () => {
  it('are the same through the server and, once it was killed, on its store; what is retried is delivered by the one that runs', async () => {
    await using shop = await Shop.opened();
    await shop.order(1, 2, 3);
    const ids = await waitFor(async () => {
      const found = await shop.letters();
      return found.length === 3 ? found : undefined;
    });
    const looks = [
      ['events', 'list'],
      ['events', 'show', ids[0] ?? '', '--json'],
      ['events', 'show', 'nothing'],
      ['events', 'replay', '--all', '--dry-run'],
      ['dead-letters', 'list', '--limit', '1', '--json'],
      ['dead-letters', 'show', ids[1] ?? ''],
      ['dead-letters', 'list', '--plugin', 'refuse-orders'],
    ];
    await shop.open();
    expect((await shop.run('dead-letters', 'retry', ids[0] ?? '')).out).toBe(
      '1 dead letter to be delivered again now.\n',
    );
    await waitFor(async () => (await shop.journal()).includes('bill 1'));
    await shop.server.logged(
      (msg) => msg.startsWith('dead-letters.retry ') && msg.includes('done, {"count":1,"stranded":0}'),
    );
    expect(await shop.letters()).toEqual(ids.slice(1));

    const live = await Promise.all(looks.map((args) => shop.run(...args)));
    expect(live.map(({ code }) => code)).toEqual([0, 0, 64, 0, 0, 0, 64]);
    shop.server.signal('SIGKILL');
    await shop.server.exitCode();
    // One after another: on the store one would have to wait for the other.
    for (const [index, args] of looks.entries()) {
      const isAlone = args.includes('--json') || args.includes('show');
      const again = isAlone ? await shop.spawn(...args).ended() : await shop.run(...args);
      expect(again).toEqual(live[index]);
    }

    expect((await shop.spawn('dead-letters', 'retry', '--all').ended()).out).toBe(
      '2 dead letters to be delivered again when the server runs.\n',
    );
    expect(await shop.journal()).toEqual(['bill 1', 'ship 1', 'ship 2', 'ship 3']);
    await shop.start();
    await waitFor(async () => (await shop.journal()).length === 6);
    expect(await shop.journal()).toEqual(['bill 1', 'bill 2', 'bill 3', 'ship 1', 'ship 2', 'ship 3']);
    expect(await shop.letters()).toEqual([]);
  });

  it('are replayed by the server that runs, and by the next one after a replay without a server', async () => {
    await using shop = await Shop.opened();
    await shop.open();
    await shop.order(1, 2);
    await waitFor(async () => (await shop.journal()).length === 4);

    const replay = ['events', 'replay', '--name', 'orders.*', '--to', 'refuses-orders.ship', '--json'];
    expect(parsed(await shop.spawn(...replay).ended())).toMatchObject({
      events: 2,
      total: 2,
      isDone: true,
      isLive: true,
    });
    await waitFor(async () => (await shop.journal()).length === 6);
    shop.server.signal('SIGTERM');
    expect(await shop.server.exitCode()).toBe(0);
    expect(parsed(await shop.run(...replay))).toMatchObject({ total: 2, isLive: false });
    await shop.start();
    await waitFor(async () => (await shop.journal()).length === 8);
    expect((await shop.journal()).filter((line) => line === 'ship 2')).toHaveLength(3);
  });

  it('are followed until Ctrl-C, until the server stops, and until it is killed, and each has an end of its own', async () => {
    await using shop = await Shop.opened();
    await shop.order(1);
    const tails = [
      shop.spawn('events', 'tail'),
      shop.spawn('events', 'tail', '--json', '--name', 'orders.*'),
      shop.spawn('events', 'tail'),
    ];
    await waitFor(() => tails.every(({ out }) => out.split('\n').length === 2));
    await waitFor(
      () =>
        shop.server.log().filter(({ msg }) => msg.startsWith('events.follow') && msg.endsWith('begins')).length === 3,
    );
    await shop.order(2, 3);
    await waitFor(() => tails.every(({ out }) => out.split('\n').length === 4));

    const [interrupted, stopped] = tails;
    interrupted?.child.kill('SIGINT');
    expect([await interrupted?.exit, interrupted?.err]).toEqual([0, '']);
    shop.server.signal('SIGTERM');
    expect([await stopped?.exit, stopped?.err]).toEqual([0, 'The server has stopped.\n']);
    expect(await tails[2]?.exit).toBe(0);
    expect(
      stopped?.out
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { position: number }).position),
    ).toEqual([1, 2, 3]);
    expect(await shop.server.exitCode()).toBe(0);
    expect(await readdir(join(shop.server.directory, 'data/panotti/control'))).toEqual([]);

    await shop.start();
    const broken = shop.spawn('events', 'tail');
    await shop.server.logged((msg) => msg.startsWith('events.follow') && msg.endsWith('begins'));
    shop.server.signal('SIGKILL');
    expect([await broken.exit, broken.err]).toEqual([74, expect.stringContaining('CONTROL_BROKEN')]);
  });

  it('are for the user of the server alone, also after a kill, and are reached by the next server at the same place', async () => {
    await using shop = await Shop.opened();
    const socket = join(shop.server.directory, 'data/panotti/control/socket');
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

    expect([await mode(socket), await mode(join(socket, '..'))]).toEqual([0o600, 0o700]);
    shop.server.signal('SIGKILL');
    await shop.server.exitCode();
    expect(await shop.spawn('events', 'list').ended()).toMatchObject({ code: 0, out: 'No stored event matches.\n' });
    await shop.start();
    expect(await shop.run('events', 'list')).toMatchObject({ code: 0, out: 'No stored event matches.\n' });
    expect(shop.server.log().filter(({ msg }) => msg.startsWith('events.list'))).toHaveLength(1);
    expect(await mode(socket)).toBe(0o600);
  });

  it('are not to be had, with 75 and the name of the holder, where the server cannot be reached', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-shop-'));
    await mkdir(join(folder.path, 'config'));
    const store = await SqliteStore.open({ path: join(folder.path, 'data/panotti/store.db') });
    const args = ['dead-letters', 'drop', '--all', '--yes'];
    const { code, out, err } = await new Command(args, environmentIn(folder.path)).ended();
    await store.close();

    expect([code, out]).toEqual([75, '']);
    expect(err).toContain(`is open in process ${process.pid} on `);
  });
});
