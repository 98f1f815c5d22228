/**
 * The host compiled into a folder of its own, for tests that need Node's loader: under Jest, `import()` passes Node's hooks by.
 * Its front door offers what a plugin declares itself with.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile, type Options } from '@swc/core';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURES = join(REPOSITORY, 'test/fixtures/plugins');
const ROOMS = [
  'common',
  'config',
  'telemetry',
  'storage',
  'plugin',
  'events',
  'state',
  'health',
  'host',
  'nest',
  'http',
  'explorers',
  'lifecycle',
  'management',
  'cli',
];

export interface Finished {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CompiledHost {
  private constructor(readonly root: string) {}

  static async compile(): Promise<CompiledHost> {
    const host = new CompiledHost(await temporaryFolder('host'));
    const swc = JSON.parse(await readFile(join(REPOSITORY, '.swcrc'), 'utf8')) as Options;
    for (const room of ROOMS)
      await compileFolder(join(REPOSITORY, 'src', room), join(host.root, 'dist', room), { ...swc, swcrc: false });
    await mkdir(join(host.root, 'dist/plugins'));
    await writeFile(
      join(host.root, 'dist/index.js'),
      "export { BasePlugin, Plugin, PluginContext } from './plugin/index.js';\n",
    );
    await cp(join(REPOSITORY, 'package.json'), join(host.root, 'package.json'));
    await symlink(join(REPOSITORY, 'node_modules'), join(host.root, 'node_modules'));
    return host;
  }

  /** Runs the `panotti` command. */
  panotti(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<Finished> {
    return this.#node([join(this.root, 'dist/cli/panotti.js'), ...args], options.cwd);
  }

  /** Runs a module that may import `./dist/…`; it prints its answer as JSON. */
  async evaluate(source: string): Promise<unknown> {
    const file = join(this.root, 'probe.mjs');
    await writeFile(file, source);
    const { code, stdout, stderr } = await this.#node([file], this.root);
    if (code !== 0) throw new Error(`The probe ended with ${String(code)}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Runs without the rights of the super-user, who may read everything. */
  #node(args: readonly string[], cwd = this.root): Promise<Finished> {
    const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const environment = { PATH: process.env['PATH'] ?? '' };
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd, env: environment, ...identity }, (error, stdout, stderr) => {
        resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A real path that everybody may read. */
export async function temporaryFolder(purpose: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `panotti-${purpose}-`)));
  await chmod(folder, 0o755);
  return folder;
}

/** Copies fixture plugins into `folder`, far away from any `node_modules`. */
export async function copyFixtures(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await cp(join(FIXTURES, name), join(folder, name), { recursive: true });
}

async function compileFolder(from: string, to: string, options: Options): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.ts')) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length)).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, (await transformFile(source, options)).code);
  }
}
