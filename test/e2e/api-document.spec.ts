/** Programs of others that read the API document of the built server: two that check it, and one that makes a client of it. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itWhere } from '../support/it-where.js';
import { OutsidePackages } from '../support/outside-packages.js';
import { ServerProcess } from '../support/server-process.js';

const AUDIO = join(import.meta.dirname, '../fixtures/audio/noisy-speech.wav');
const outside = new OutsidePackages('openapi');
const itWithPrograms = itWhere(outside.areInstalled);

type Paths = Record<string, Record<string, unknown>>;

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Paths;
}

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    typeRoots: [join(import.meta.dirname, '../../node_modules/@types')],
    skipLibCheck: true,
    noEmitOnError: true,
  },
  files: ['client.ts'],
};

describe('the API document of the built server', () => {
  let server: ServerProcess;
  let directory: string;

  beforeAll(async () => {
    server = await ServerProcess.started();
    directory = await mkdtemp(join(tmpdir(), 'panotti-api-'));
    await writeFile(join(directory, 'api.json'), await (await fetch(`${server.url}/docs-json`)).text());
    await writeFile(join(directory, 'spectral.yaml'), 'extends: ["spectral:oas"]\n');
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  /** Exit code and output of a program of the packages. */
  async function run(name: string, args: readonly string[]): Promise<{ code: number; output: string }> {
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    return new Promise((resolve) => {
      execFile(process.execPath, [name, ...args], { cwd: directory, env }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, output: `${stdout}${stderr}` });
      });
    });
  }

  const document = async (path: string): Promise<Document> =>
    (await (await fetch(`${server.url}${path}`)).json()) as Document;

  it.each([
    ['/docs-json', '/docs-json', (text: string) => (JSON.parse(text) as Document).servers[0]?.url],
    ['/docs', '/docs/swagger-ui-init.js', (text: string) => /"servers": \[\s*\{\s*"url": "([^"]+)"/.exec(text)?.[1]],
    [
      '/docs/index.html',
      '/docs/docs/swagger-ui-init.js',
      (text: string) => /"servers": \[\s*\{\s*"url": "([^"]+)"/.exec(text)?.[1],
    ],
  ])('has addresses below any path of a proxy, seen from %s', async (page, source, serverOf) => {
    const url = serverOf(await (await fetch(`${server.url}${source}`)).text());
    for (const proxy of ['https://example.org', 'https://example.org/tools/panotti']) {
      const base = new URL(url ?? 'missing', `${proxy}${page}`).href.replace(/\/$/, '');
      expect(`${base}/api/example`).toBe(`${proxy}/api/example`);
    }
  });

  it('leads from the page with a slash at the end to the page, by a relative address', async () => {
    const answer = await fetch(`${server.url}/docs/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '../docs']);
  });

  itWithPrograms('passes redocly and spectral without an error', async () => {
    const redocly = await run(outside.command('redocly'), ['lint', 'api.json']);
    const spectral = await run(outside.command('spectral'), [
      'lint',
      'api.json',
      '-r',
      'spectral.yaml',
      '--fail-severity',
      'error',
    ]);
    expect([
      redocly.code,
      spectral.code,
      redocly.code + spectral.code === 0 ? '' : redocly.output + spectral.output,
    ]).toEqual([0, 0, '']);
  });

  itWithPrograms('would not pass redocly without the addresses of its servers', async () => {
    const { servers: _servers, ...rest } = await document('/docs-json');
    await writeFile(join(directory, 'without.json'), JSON.stringify(rest));
    const { code, output } = await run(outside.command('redocly'), ['lint', 'without.json']);
    expect([code, output]).toEqual([1, expect.stringContaining('servers')]);
  });

  itWithPrograms('makes a client that compiles strictly and calls each route of the host and its plugins', async () => {
    await copyFile(join(outside.directory, 'client.ts'), join(directory, 'client.ts'));
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    await symlink(join(outside.directory, 'node_modules'), join(directory, 'node_modules'));

    expect(await run(outside.command('openapi-typescript'), ['api.json', '-o', 'api.ts'])).toMatchObject({ code: 0 });
    expect(await run(outside.command('tsc'), ['-p', '.'])).toEqual({ code: 0, output: '' });
    const { code, output } = await run('client.js', [server.url, AUDIO]);

    const { paths } = await document('/docs-json');
    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect([code, output]).toEqual([0, JSON.stringify(documented.toSorted())]);
  });
});
