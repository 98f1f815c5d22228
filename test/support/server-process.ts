/** The built server as a child process, with configuration, data and port of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait-for.js';

const ROOT = join(import.meta.dirname, '../..');

export interface ServerSetup {
  /** Contents of panotti.yaml and plugins.yaml; `http.port` is 0 through PORT. */
  readonly panotti?: string;
  readonly plugins?: string;
  /** Folders of test/fixtures/plugins to be copied into the folder `plugins` beside the configuration. */
  readonly pluginFolders?: readonly string[];
  /** Texts of files to be put there, by their names. */
  readonly pluginFiles?: Readonly<Record<string, string>>;
  /** Folders as in `pluginFolders`, to be installed as npm packages beside the configuration. */
  readonly packageFolders?: readonly string[];
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** A function gets the folder of the server, which does not exist before its setup. */
  readonly env?: Environment | ((directory: string) => Environment);
}

type Environment = Readonly<Record<string, string>>;

export interface LogRecord {
  readonly level: string;
  readonly msg: string;
  readonly plugin?: string;
  readonly [field: string]: unknown;
}

/** The standard error has the form of the log, which is JSON where no person looks. */
const JSON_LINE = /^\{"level":.*\}$/gm;

/** What stands on the standard error, with the message alone of each line that is JSON. */
export function plainText(output: string): string {
  return output.replaceAll(JSON_LINE, (line) => (JSON.parse(line) as LogRecord).msg);
}

export class ServerProcess implements AsyncDisposable {
  #stdout = '';
  #stderr = '';
  readonly #exit: Promise<number>;
  readonly #successors: ServerProcess[] = [];

  private constructor(
    readonly child: ChildProcess,
    readonly directory: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#exit = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : -1)));
    });
  }

  static async spawn(setup: ServerSetup = {}): Promise<ServerProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'panotti-e2e-'));
    const config = join(directory, 'config');
    await mkdir(join(directory, 'plugins'), { recursive: true });
    await mkdir(config);
    if (setup.panotti !== undefined) await writeFile(join(config, 'panotti.yaml'), setup.panotti);
    if (setup.plugins !== undefined) await writeFile(join(config, 'plugins.yaml'), setup.plugins);
    for (const [name, text] of Object.entries(setup.pluginFiles ?? {}))
      await writeFile(join(directory, 'plugins', name), text);
    const folders = { plugins: setup.pluginFolders ?? [], node_modules: setup.packageFolders ?? [] };
    for (const [into, names] of Object.entries(folders)) {
      for (const name of names)
        await cp(join(ROOT, 'test/fixtures/plugins', name), join(directory, into, name), { recursive: true });
    }
    return ServerProcess.#run(directory, setup);
  }

  /** Another process on the configuration and the data of this one, which has ended. */
  async startedAgain(setup: Pick<ServerSetup, 'args' | 'nodeArgs' | 'env'> = {}): Promise<ServerProcess> {
    const server = this.spawnedAgain(setup);
    await server.#decidedOrEnded();
    return server;
  }

  spawnedAgain(setup: Pick<ServerSetup, 'args' | 'nodeArgs' | 'env'> = {}): ServerProcess {
    const successor = ServerProcess.#run(this.directory, setup);
    this.#successors.push(successor);
    return successor;
  }

  /** Resolves when such a line stands in the log; never when the process ends before. */
  async logged(isMeant: (message: string) => boolean): Promise<void> {
    for (;;) {
      if (this.log().some(({ msg }) => isMeant(msg))) return;
      await new Promise((resolve) => this.child.stdout?.once('data', resolve));
    }
  }

  static #run(directory: string, setup: ServerSetup): ServerProcess {
    const config = join(directory, 'config');
    const args = ['--enable-source-maps', ...(setup.nodeArgs ?? []), join(ROOT, 'dist/main.js'), ...(setup.args ?? [])];
    const own = { PORT: '0', PANOTTI_CONFIG_DIR: config, PANOTTI_DATA_DIR: join(directory, 'data') };
    const env = typeof setup.env === 'function' ? setup.env(directory) : setup.env;
    const child = spawn(process.execPath, args, {
      cwd: directory,
      env: { ...process.env, NODE_ENV: 'production', ...own, ...env },
    });
    return new ServerProcess(child, directory);
  }

  /** A server whose plugins have all been decided on. */
  static async started(setup: ServerSetup = {}): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(setup);
    await server.#decidedOrEnded();
    return server;
  }

  async #decidedOrEnded(): Promise<void> {
    try {
      await this.#decided();
    } catch (error) {
      // Nobody else has it yet who could end it.
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #decided(): Promise<void> {
    await waitFor(() => {
      if (this.child.exitCode !== null) throw new Error(`The server ended: ${this.#stderr}${this.#stdout}`);
      return this.log().some(({ msg }) => msg.endsWith('plugins are ready.'));
    });
  }

  get stderr(): string {
    return plainText(this.#stderr);
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** The lines of the log so far. */
  log(): LogRecord[] {
    const lines = this.#stdout.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogRecord);
  }

  get url(): string {
    const line = this.log().find(({ msg }) => msg.startsWith('Listening on '));
    if (!line) throw new Error(`The server does not listen: ${this.#stderr}${this.#stdout}`);
    return line.msg.replace('Listening on ', '');
  }

  /** Whether the process handles signals itself already: before that, Node ends at once. Linux only. */
  async hasHandlers(): Promise<boolean> {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    // The lowest bit is SIGHUP, the one that Node does not catch by itself and that the server catches last.
    return (caught & 1n) !== 0n;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The exit code; 137 after SIGKILL. */
  exitCode(): Promise<number> {
    return this.#exit;
  }

  /** Also where a test has failed before it ended those that came after. */
  async #ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.#exit;
    for (const successor of this.#successors) await successor.#ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ended();
    await rm(this.directory, { recursive: true, force: true });
  }
}
