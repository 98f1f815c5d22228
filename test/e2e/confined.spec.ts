/** The built server where a container or a service manager puts it: as the first process, on a file system that is read-only, as another user. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chown, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itWhereAllowed } from '../support/it-where.js';
import { waitFor } from '../support/wait-for.js';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
const NOBODY = 65_534;
/** What the machine may refuse: the same, with nothing in it. */
const IN_PID_NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;
const IN_MOUNT_NAMESPACE = ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec'] as const;
const READ_ONLY =
  'mount --bind "$0" "$0"; mount --bind / /; mount --bind "$0" "$0"; mount -o remount,bind,ro /; exec "$@"';
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] as const;

interface Line {
  readonly pid: number;
  readonly msg: string;
}

/** A server behind a command that confines it. */
class ConfinedServer implements AsyncDisposable {
  #output = '';
  readonly #exit: Promise<number | null>;

  private constructor(
    readonly directory: string,
    readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#exit = new Promise((resolve) => child.once('close', resolve));
  }

  /** @param prefix the command, made for the directory that the server may write into */
  static async started(prefix: (directory: string) => readonly string[], owner?: number): Promise<ConfinedServer> {
    const directory = await mkdtemp(join(tmpdir(), 'panotti-confined-'));
    await mkdir(join(directory, 'config'));
    await writeFile(join(directory, 'config/panotti.yaml'), 'lifecycle:\n  drainDelay: 0\n');
    if (owner !== undefined) await chown(directory, owner, owner);
    const [command = '', ...args] = [...prefix(directory), process.execPath, MAIN];
    const env = {
      PORT: '0',
      PANOTTI_CONFIG_DIR: join(directory, 'config'),
      PANOTTI_DATA_DIR: join(directory, 'data'),
      NODE_ENV: 'production',
    };
    const server = new ConfinedServer(
      directory,
      spawn(command, args, { cwd: directory, env: { ...process.env, ...env } }),
    );
    try {
      await waitFor(() => {
        if (server.child.exitCode !== null) throw new Error(`The server ended: ${server.#output}`);
        return server.lines().some(({ msg }) => msg.endsWith('plugins are ready.'));
      });
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  lines(): Line[] {
    const lines = this.#output.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  }

  get url(): string {
    return (
      this.lines()
        .find(({ msg }) => msg.startsWith('Listening on '))
        ?.msg.slice('Listening on '.length) ?? ''
    );
  }

  /** Ends the server itself as a service manager does, and resolves with what the command makes of its exit code. */
  async stopped(): Promise<number | null> {
    const { pid = 0 } = this.child;
    const below = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
    // `unshare` forks; `setpriv` and `exec` become the server.
    process.kill(below === '' ? pid : Number(below.split(' ', 1)[0]), 'SIGTERM');
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.#exit;
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Stores something, and finds it again. */
async function expectWork(url: string): Promise<void> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"a note"}' };
  expect((await fetch(`${url}/api/example`, post)).status).toBe(201);
  expect((await fetch(`${url}/api/recordings`, { method: 'POST' })).status).toBe(201);
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
}

describe('the built server in a sandbox', () => {
  itWhereAllowed([...IN_PID_NAMESPACE, 'true'])('serves as process 1, and ends with 0 on SIGTERM', async () => {
    await using server = await ConfinedServer.started(() => IN_PID_NAMESPACE);
    await expectWork(server.url);
    expect(new Set(server.lines().map(({ pid }) => pid))).toEqual(new Set([1]));
    expect(await server.stopped()).toBe(0);
  });

  itWhereAllowed([...IN_MOUNT_NAMESPACE, READ_ONLY, tmpdir(), 'true'])(
    'needs no place to write but its data directory',
    async () => {
      const confined = (directory: string): readonly string[] => [...IN_MOUNT_NAMESPACE, READ_ONLY, directory];
      // What is written elsewhere is refused.
      const [command = '', ...args] = [...confined(tmpdir()), 'touch', join(import.meta.dirname, 'written')];
      expect(() => execFileSync(command, args, { stdio: 'pipe' })).toThrow('Read-only file system');
      await using server = await ConfinedServer.started(confined);
      await expectWork(server.url);
      expect(await server.stopped()).toBe(0);
    },
  );

  itWhereAllowed([...AS_NOBODY, process.execPath, '--check', MAIN])(
    'runs as a user who owns nothing but its directory',
    async () => {
      await using server = await ConfinedServer.started(() => AS_NOBODY, NOBODY);
      await expectWork(server.url);
      expect(await readFile(`/proc/${server.child.pid}/status`, 'utf8')).toContain(`Uid:\t${NOBODY}\t`);
      expect(await server.stopped()).toBe(0);
    },
  );
});
