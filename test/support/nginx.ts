/** nginx as a child process, with the configuration that ships in `deploy/nginx`, in front of servers of a test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

const SHIPPED = join(import.meta.dirname, '../../deploy/nginx/panotti.conf');
const run = promisify(execFile);

export interface Upstream {
  /** Host and port. */
  readonly address: string;
  readonly isDown?: boolean;
}

export class Nginx implements AsyncDisposable {
  readonly #exit: Promise<unknown>;

  private constructor(
    readonly directory: string,
    readonly port: number,
    private readonly child: ChildProcess,
  ) {
    this.#exit = new Promise((resolve) => child.once('close', resolve));
  }

  static async started(upstreams: readonly Upstream[]): Promise<Nginx> {
    const directory = await mkdtemp(join(tmpdir(), 'panotti-nginx-'));
    const port = await freePort();
    await writeConfiguration(directory, port, upstreams);
    const child = spawn('nginx', [...argumentsFor(directory), '-g', 'daemon off;'], { stdio: 'ignore' });
    const nginx = new Nginx(directory, port, child);
    await waitFor(async () => {
      if (child.exitCode !== null)
        throw new Error(`nginx ended: ${await readFile(join(directory, 'error.log'), 'utf8')}`);
      return fetch(`http://127.0.0.1:${port}/outside`);
    });
    return nginx;
  }

  /** The address of the servers, with the path below which nginx has them. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/panotti`;
  }

  /** Resolves when only workers with the new configuration take connections. */
  async reload(upstreams: readonly Upstream[]): Promise<void> {
    const before = await this.#workers();
    await writeConfiguration(this.directory, this.port, upstreams);
    await run('nginx', [...argumentsFor(this.directory), '-s', 'reload']);
    await waitFor(async () => (await this.#workers()).some((pid) => !before.includes(pid)));
    // Workers that are left close their listening sockets before they say so in their titles.
    await waitFor(async () => {
      const titles = await Promise.all(
        before.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'shutting down')),
      );
      return titles.every((title) => title.includes('shutting down'));
    });
  }

  async #workers(): Promise<string[]> {
    const { pid } = this.child;
    return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    await this.#exit;
    await rm(this.directory, { recursive: true, force: true });
  }
}

function argumentsFor(directory: string): string[] {
  return ['-p', directory, '-e', join(directory, 'error.log'), '-c', join(directory, 'nginx.conf')];
}

/** What a machine has around the shipped file, in a folder of the test. */
async function writeConfiguration(directory: string, port: number, upstreams: readonly Upstream[]): Promise<void> {
  const servers = upstreams
    .map(({ address, isDown }) => `  server ${address} max_fails=0${isDown ? ' down' : ''};\n`)
    .join('');
  const shipped = (await readFile(SHIPPED, 'utf8'))
    .replace(/(?: {2}server 127\.0\.0\.1:\d+ max_fails=0;\n)+/, servers)
    .replace('listen 127.0.0.1:8080;', `listen 127.0.0.1:${port};`);
  await writeFile(join(directory, 'panotti.conf'), shipped);
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ');
  const main = `${user}worker_processes 1;\npid ${directory}/nginx.pid;\nevents {}\nhttp { access_log off; ${temporary} include ${directory}/panotti.conf; }\n`;
  await writeFile(join(directory, 'nginx.conf'), main);
}
