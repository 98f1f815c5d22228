import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompiledHost, copyFixtures, temporaryFolder, type Finished } from './compiled-host.js';

let host: CompiledHost;
let site: string;

beforeAll(async () => {
  host = await CompiledHost.compile();
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

beforeEach(async () => {
  site = await temporaryFolder('site');
  await Promise.all([mkdir(join(site, 'config')), mkdir(join(site, 'plugins'))]);
  await writeFile(join(site, 'config/panotti.yaml'), 'plugins: { directories: [../plugins] }\n');
});

afterEach(async () => {
  await rm(site, { recursive: true, force: true });
});

const panotti = (...args: string[]): Promise<Finished> => host.panotti(args, { cwd: site });

describe('the panotti command', () => {
  it('shows the plugins of the working directory without starting any', async () => {
    await copyFixtures(join(site, 'plugins'), ['greeter', 'single-file.mjs']);

    const { code, stdout, stderr } = await panotti('plugins', 'graph');

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'single-file 0.3.0\n└── greeter 1.0.0 (^1.0.0, optional)\n',
      stderr: '',
    });
  });

  it('gives the settings of a plugin to its own config class', async () => {
    await copyFixtures(join(site, 'plugins'), ['greeter']);
    await writeFile(join(site, 'config/plugins.yaml'), 'greeter:\n  settings:\n    greeting: H\n    greting: Hi\n');

    const { code, stderr } = await panotti('plugins', 'list', '--strict');

    expect(code).toBe(78);
    expect(stderr).toContain('config/plugins.yaml:3:15  plugins.greeter.settings.greeting: ');
    expect(stderr).toContain(
      'config/plugins.yaml:4:5  plugins.greeter.settings.greting: is unknown; did you mean "greeting"?',
    );
  });

  it('describes the settings of a plugin in plain JavaScript by the doc comments of its file', async () => {
    await copyFixtures(join(site, 'plugins'), ['greeter']);

    const { code, stdout, stderr } = await panotti('config', 'docs', 'greeter');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('| `greeting` | text, at least 2 characters | `Hello` | What is said first. |');
    // The command runs without the rights of the super-user.
    await chmod(join(site, 'config'), 0o777);
    expect((await panotti('config', 'init', 'greeter', '--write')).code).toBe(0);
    expect((await panotti('config', 'check')).stdout).toBe('The configuration is right: 1 plugin (1 startable).\n');
  });

  it('keeps its output clean of what plugins print, and ends although they left a timer', async () => {
    await writeFile(
      join(site, 'plugins/loud.mjs'),
      "import { Plugin } from 'panotti';\nconsole.log('loud');\nsetInterval(() => {}, 1_000);\nexport class Loud {}\nPlugin({ name: 'loud', version: '1.0.0' })(Loud);\n",
    );

    const { code, stdout, stderr } = await panotti('plugins', 'list', '--json');

    expect({ code, stderr }).toEqual({ code: 0, stderr: 'loud\n' });
    expect(JSON.parse(stdout)).toMatchObject({ plugins: [{ name: 'loud' }] });
  });

  it.each([
    ['process.exit(0)', 'process.exit(0);'],
    ['process.exit(1)', "import { exit } from 'node:process';\nexit(1);"],
    ['process.abort()', 'process.abort();'],
  ])('lists what it can where a plugin calls %s, and names the plugin', async (call, statement) => {
    await copyFixtures(join(site, 'plugins'), ['single-file.mjs']);
    await writeFile(
      join(site, 'plugins/rude.mjs'),
      `${statement}\nawait new Promise(() => setInterval(() => undefined, 1_000));\n`,
    );

    const { code, stdout, stderr } = await panotti('plugins', 'list');

    expect(code).toBe(0);
    expect(stdout).toContain('single-file');
    expect(stderr).toContain(
      `PLUGIN_IMPORT_ENDS_PROCESS  ${join(site, 'plugins/rude.mjs')} called ${call} when it was imported.`,
    );
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [
      'ends the process later',
      'setImmediate(() => process.exit(0));',
      /work that a plugin started .* has failed: .* called process\.exit\(0\)/,
    ],
    [
      'rejects a promise',
      "Promise.reject(new Error('in the dark'));",
      /work that a plugin started .* has failed: in the dark/,
    ],
  ])('says so, without a stack, where a plugin %s', async (_what, statement, message) => {
    await writeFile(
      join(site, 'plugins/rude.mjs'),
      `${statement}\nawait new Promise(() => setInterval(() => undefined, 1_000));\n`,
    );

    const { code, stderr } = await panotti('plugins', 'list');

    expect(code).toBe(70);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('ends quietly when nobody reads its output', async () => {
    const command = `${process.execPath} ${join(host.root, 'dist/cli/panotti.js')} plugins list --json; echo "code $?" >&2`;

    const stderr = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', `set -o pipefail; { ${command}; } | true`], { cwd: site }, (_error, _stdout, written) =>
        resolve(written),
      );
    });

    expect(stderr).toBe('code 0\n');
  });
});
