import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const PANOTTI = join(import.meta.dirname, '../../dist/cli/panotti.js');

/** A server whose plugin refuses every order until it is told to open, and the commands that are run beside it. */
class Shop {
  static async opened(): Promise<Shop & AsyncDisposable> {
    const shop = new Shop();
    shop.server = await ServerProcess.spawn({
      panotti: 'plugins:\n  directories: [../plugins]\n',
      pluginFolders: ['refuses-orders'],
    });
    // Its folder is known now; the plugin needs it.
    shop.server.signal('SIGKILL');
    await shop.server.exitCode();
    await shop.start();
    return Object.assign(shop, { [Symbol.asyncDispose]: () => shop.server[Symbol.asyncDispose]() });
  }

  server!: ServerProcess;

  get environment(): Record<string, string> {
    const { directory } = this.server;
    const journal = { ORDERS_OPEN: join(directory, 'open'), ORDERS_JOURNAL: join(directory, 'journal') };
    return { PANOTTI_CONFIG_DIR: join(directory, 'config'), PANOTTI_DATA_DIR: join(directory, 'data'), ...journal };
  }

  async start(): Promise<void> {
    this.server = await this.server.startedAgain({ env: this.environment });
  }

  async order(...numbers: number[]): Promise<void> {
    for (const number of numbers) {
      const response = await fetch(`${this.server.url}/api/refuses-orders/${number}`, { method: 'POST' });
      if (!response.ok) throw new Error(await response.text());
    }
  }

  open(): Promise<void> {
    return writeFile(this.environment['ORDERS_OPEN'] ?? '', '');
  }

  async journal(): Promise<string[]> {
    const text = await readFile(this.environment['ORDERS_JOURNAL'] ?? '', 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1).toSorted();
  }

  spawn(...args: string[]): Command {
    return new Command(spawn(process.execPath, [PANOTTI, ...args], { env: { ...process.env, ...this.environment } }));
  }

  async run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const command = this.spawn(...args);
    const code = await command.exit;
    return { code, out: command.out, err: command.err };
  }

  async json<T>(...args: string[]): Promise<T> {
    const { code, out, err } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(err);
    return JSON.parse(out) as T;
  }

  async letters(): Promise<string[]> {
    const { letters } = await this.json<{ letters: { eventId: string }[] }>('dead-letters', 'list');
    return letters.map(({ eventId }) => eventId);
  }
}

class Command {
  out = '';
  err = '';
  readonly exit: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = new Promise((resolve) => child.once('close', resolve));
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
    for (const [index, args] of looks.entries()) expect(await shop.run(...args)).toEqual(live[index]);

    expect((await shop.run('dead-letters', 'retry', '--all')).out).toBe(
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

    const replay = ['events', 'replay', '--name', 'orders.*', '--to', 'refuses-orders.ship'];
    expect(await shop.json(...replay)).toMatchObject({ events: 2, total: 2, isDone: true, isLive: true });
    await waitFor(async () => (await shop.journal()).length === 6);
    shop.server.signal('SIGTERM');
    expect(await shop.server.exitCode()).toBe(0);
    expect(await shop.json(...replay)).toMatchObject({ total: 2, isLive: false });
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
    expect(await shop.run('events', 'list')).toMatchObject({ code: 0, out: 'No stored event matches.\n' });
    await shop.start();
    expect(await shop.run('events', 'list')).toMatchObject({ code: 0, out: 'No stored event matches.\n' });
    expect(shop.server.log().filter(({ msg }) => msg.startsWith('events.list'))).toHaveLength(1);
    expect(await mode(socket)).toBe(0o600);
  });

  it('are not to be had, with 75 and the name of the holder, where the server cannot be reached', async () => {
    await using shop = await Shop.opened();
    shop.server.signal('SIGTERM');
    await shop.server.exitCode();
    const store = await SqliteStore.open({ path: join(shop.server.directory, 'data/panotti/store.db') });
    const { code, out, err } = await shop.run('dead-letters', 'drop', '--all', '--yes');
    await store.close();

    expect([code, out]).toEqual([75, '']);
    expect(err).toContain(`is open in process ${process.pid} on `);
  });
});
