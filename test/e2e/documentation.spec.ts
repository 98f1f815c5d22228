import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.js';
import { codeBlocks } from '../support/markdown-blocks.js';
import { waitFor } from '../support/wait-for.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const COPIED = [
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  '.swcrc',
  'src',
  'config',
  'test/demo',
  'test/fixtures/audio',
];
const PAGES = [
  'README.md',
  'docs/architecture.md',
  'docs/errors.md',
  'docs/glossary.md',
  'docs/guarantees.md',
  'docs/upgrading.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...(await readdir(join(ROOT, 'docs/guide'))).map((page) => `docs/guide/${page}`),
];

const BUILT_SERVER = [process.execPath, 'dist/main.js'] as const;

/** Languages of blocks that are no code: shown output and pictures. */
const SHOWN = new Set(['text', 'mermaid']);

/** Like `npx` and `npm run panotti`, without a start of npm for each line. README.md, where the reader begins, is run without them. */
const SHORT_CUTS = `
npx() { "node_modules/.bin/$1" "\${@:2}"; }
npm() {
  case "$*" in
    "run panotti -- "*) $PANOTTI "\${@:4}" ;;
    "run -s panotti -- "*) $PANOTTI "\${@:5}" ;;
    *) command npm "$@" ;;
  esac
}
`;
const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { panotti: string } };

/** The project as a reader has it after `git clone` and `npm ci`, in a folder of its own. */
class Clone implements AsyncDisposable {
  #server: ChildProcess | undefined;
  #output = '';

  private constructor(
    readonly directory: string,
    private readonly port: number,
    private readonly state: 'fresh' | 'built',
  ) {}

  /** A built one has the build that all tests use. */
  static async make(state: 'fresh' | 'built'): Promise<Clone> {
    const directory = await mkdtemp(join(tmpdir(), 'panotti-docs-'));
    for (const path of state === 'built' ? [...COPIED, 'dist'] : COPIED)
      await cp(join(ROOT, path), join(directory, path), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    return new Clone(directory, await freePort(), state);
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, file)), { recursive: true });
    await writeFile(join(this.directory, file), text);
  }

  /** Runs one line as a reader would. `npm start` starts the server anew; everything else must succeed. */
  async execute(line: string): Promise<void> {
    if (/^(npm ci && )?npm start$/.test(line)) return this.start(this.state === 'built' ? BUILT_SERVER : undefined);
    // This very run is the test command.
    if (line === 'npm ci && npm test') return;
    const own = line.replaceAll('127.0.0.1:3000', `127.0.0.1:${this.port}`).replaceAll('curl -s', 'curl -sS --fail');
    const prelude = this.state === 'built' ? SHORT_CUTS : '';
    await run('bash', ['-ec', prelude + own], {
      cwd: this.directory,
      env: { ...this.#environment(), PANOTTI: scripts.panotti },
    });
  }

  /** Of the built server where the state says so; a fresh one compiles itself. */
  async start(command: readonly [string, ...string[]] = ['npm', 'start']): Promise<void> {
    await this.#stop();
    this.#output = '';
    const [program, ...args] = command;
    this.#server = spawn(program, args, { cwd: this.directory, env: this.#environment(), detached: true });
    this.#server.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#server.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    await waitFor(() => {
      if (this.#server?.exitCode !== null) throw new Error(this.#output);
      return this.#output.includes('plugins are ready.');
    }, 600_000);
  }

  get output(): string {
    return this.#output;
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, PORT: String(this.port), NODE_ENV: 'production' };
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    if (!server?.pid || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('close', resolve));
    // The group, as Ctrl-C in a terminal does.
    process.kill(-server.pid, 'SIGINT');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function blocksOf(page: string) {
  const markdown = await readFile(join(ROOT, page), 'utf8');
  return codeBlocks(markdown).filter(({ language }) => !SHOWN.has(language));
}

describe('the documentation', () => {
  it.each(PAGES)(
    'does what it says: every command and every block of code of %s',
    async (page) => {
      const blocks = await blocksOf(page);
      if (blocks.length === 0) return;
      await using clone = await Clone.make(page === 'README.md' ? 'fresh' : 'built');
      for (const { language, text, file } of blocks) {
        if (language === 'sh') for (const line of text.trim().split('\n')) await clone.execute(line);
        else if (file) await clone.write(file, text);
        else throw new Error(`A block of ${page} says neither where it belongs nor what to run:\n${text}`);
      }
      const written = blocks.flatMap(({ file }) => (file?.endsWith('.ts') ? [file] : []));
      if (written.some((file) => /^my-plugins\/\w+\/index\.ts$/.test(file))) await expectReady(clone, written);
    },
    600_000,
  );

  it('compiles: every block of TypeScript of every page, as the editor of an author would check it', async () => {
    await using clone = await Clone.make('fresh');
    const files: string[] = [];
    for (const [index, page] of PAGES.entries()) {
      for (const { text, file } of await blocksOf(page)) {
        if (!file?.endsWith('.ts')) continue;
        files.push(`pages/${index}/${file}`);
        await clone.write(`pages/${index}/${file}`, text);
      }
    }
    const config = {
      extends: './tsconfig.json',
      compilerOptions: { rootDir: '.', noEmit: true, noUnusedLocals: false },
      files,
    };
    await clone.write('tsconfig.docs.json', JSON.stringify(config));
    const { stdout } = await run('node_modules/.bin/tsc', ['-p', 'tsconfig.docs.json'], { cwd: clone.directory }).catch(
      (error: { stdout: string }) => error,
    );

    expect(files.length).toBeGreaterThan(10);
    expect(stdout).toBe('');
  });

  it('names only files and folders that exist', async () => {
    const missing: string[] = [];
    for (const page of PAGES) {
      const markdown = await readFile(join(ROOT, page), 'utf8');
      const links = [...markdown.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = '']) => join(dirname(page), link));
      const paths = [...markdown.matchAll(/`((?:src|test|bench|docs|config)\/[\w./-]+)`/g)].map(
        ([, path = '']) => path,
      );
      for (const path of [...links, ...paths]) {
        const exists = await readdir(dirname(join(ROOT, path))).then(
          (names) => names.includes(path.replace(/\/$/, '').split('/').at(-1) ?? ''),
          () => false,
        );
        if (!exists) missing.push(`${page}: ${path}`);
      }
    }

    expect(missing).toEqual([]);
  });
});

/** Each plugin of the page, compiled and dropped into a folder that the server reads, becomes ready. */
async function expectReady(clone: Clone, files: readonly string[]): Promise<void> {
  const plugins = files.flatMap((file) => /^my-plugins\/(\w+)\/index\.ts$/.exec(file)?.[1] ?? []);
  for (const plugin of plugins) {
    await clone.write(
      `my-plugins/${plugin}/package.json`,
      JSON.stringify({ name: plugin, version: '1.0.0', type: 'module', main: 'index.js' }),
    );
    await clone.execute(`npx swc my-plugins/${plugin}/index.ts --out-file my-plugins/${plugin}/index.js`);
  }
  await clone.write('config/panotti.yaml', 'plugins:\n  directories: [../my-plugins]\n');
  await clone.start(BUILT_SERVER);
  for (const plugin of plugins) await clone.execute(`curl -s http://127.0.0.1:3000/health/plugins/${plugin}`);
}
