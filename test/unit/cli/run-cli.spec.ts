import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { Plugin, type PluginOptions } from '../../../src/plugin/index.js';
import { FakePluginModules } from '../host/fake-plugin-modules.js';
import { type Ran, runCommand, surroundingsIn } from '../../support/run-command.js';

let root: string;
let plugins: Record<string, Type<object>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'panotti-cli-'));
  await Promise.all([mkdir(join(root, 'config')), mkdir(join(root, 'shipped'))]);
  plugins = {};
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function ship(name: string, options: Partial<PluginOptions> = {}): Promise<void> {
  class Shipped {}
  Plugin({ name, version: '1.0.0', ...options })(Shipped);
  plugins[name] = Shipped;
  await writeFile(join(root, 'shipped', `${name}.mjs`), '');
}

function run(...args: string[]): Promise<Ran> {
  const modules = new FakePluginModules(
    Object.fromEntries(Object.entries(plugins).map(([name, type]) => [`/${name}.mjs`, { type }])),
  );
  return runCommand(args, { ...surroundingsIn(root), modules });
}

describe('panotti plugins list', () => {
  it('shows every plugin in a table, with the reason where one does not start', async () => {
    await ship('mail', { description: 'Sends \u001B[31mletters\u001B[0m.\nAnd more.' });
    await ship('speech', { description: 'Writes down what is said.', requires: { env: ['SPEECH_KEY'] } });
    await ship('shop', { dependencies: { absent: '*', gone: '*' } });
    await writeFile(join(root, 'config/plugins.yaml'), 'mail: { enabled: false }\n');

    const { code, out, err } = await run('plugins', 'list');

    expect(code).toBe(0);
    expect(out).toBe(
      `
NAME    VERSION  STATUS    ORIGIN   DESCRIPTION
mail    1.0.0    disabled  shipped  Sends letters. And more.
shop    1.0.0    invalid   shipped  Plugin "shop" depends on "absent" (*), which was not found. (and 1 more)
speech  1.0.0    blocked   shipped  Plugin "speech" needs the environment variable SPEECH_KEY, which is not set or empty.
`.trimStart(),
    );
    expect(err).toMatch(/^\n3 problems with plugins:\n\nPLUGIN_DEPENDENCY_MISSING {2}/);
  });

  it('says where the configuration of a plugin is wrong', async () => {
    await ship('mail');
    await writeFile(join(root, 'config/plugins.yaml'), 'mail: { enabld: false }\n');

    const { out } = await run('plugins', 'list');

    expect(out).toMatch(
      /The configuration of plugin "mail" is wrong: \S+plugins\.yaml:1:9 {2}plugins\.mail\.enabld: is unknown; did you mean "enabled"\?\n$/,
    );
  });

  it('prints JSON for programs', async () => {
    await ship('mail', { description: 'Sends\u009Bletters.', requires: { env: ['KEY'] } });
    await writeFile(join(root, 'config/plugins.yaml'), 'mail: { required: true }\n');

    const { out } = await run('plugins', 'list', '--json');

    expect(JSON.parse(out)).toEqual({
      plugins: [
        {
          name: 'mail',
          version: '1.0.0',
          description: 'Sends letters.',
          status: 'blocked',
          required: true,
          origin: { kind: 'shipped', location: join(root, 'shipped/mail.mjs') },
          problems: ['PLUGIN_REQUIREMENT_UNMET'],
        },
      ],
      problems: [expect.objectContaining({ code: 'PLUGIN_REQUIREMENT_UNMET', plugin: 'mail' })],
    });
  });

  it('says that there are none', async () => {
    expect(await run('plugins', 'list')).toEqual({ code: 0, out: 'No plugins were found.\n', err: '' });
  });

  it('fails with 78 under --strict where a plugin has a problem, and only there', async () => {
    await ship('mail');
    expect(await run('plugins', 'list', '--strict')).toMatchObject({ code: 0, err: '' });

    await ship('shop', { dependencies: { absent: '*' } });
    expect(await run('plugins', 'list', '--strict')).toMatchObject({ code: 78, out: expect.stringContaining('shop') });
  });
});

describe('panotti plugins graph', () => {
  it('prints a tree, Mermaid or JSON', async () => {
    await ship('mail');
    await ship('shop', { optionalDependencies: { mail: '^1.0.0' } });

    expect(await run('plugins', 'graph')).toEqual({
      code: 0,
      out: 'shop 1.0.0\n└── mail 1.0.0 (^1.0.0, optional)\n',
      err: '',
    });
    expect((await run('plugins', 'graph', '--format', 'mermaid')).out).toMatch(/^graph LR\n/);
    expect(JSON.parse((await run('plugins', 'graph', '--format', 'json')).out)).toMatchObject({
      levels: [['mail'], ['shop']],
    });
  });

  it('fails with 78 under --strict where a plugin has a problem', async () => {
    await ship('shop', { dependencies: { absent: '*' } });

    expect(await run('plugins', 'graph', '--strict')).toMatchObject({
      code: 78,
      err: expect.stringContaining('PLUGIN_DEPENDENCY_MISSING'),
    });
  });
});

describe('panotti', () => {
  it.each([
    ['panotti.yaml', 'plugins: [', '(yaml)'],
    ['panotti.yaml', 'plugins: { directorys: [] }', 'plugins.directorys'],
    ['plugins.yaml', 'mail: {', '(yaml)'],
  ])('ends with 78 and the place where %s is wrong: %s', async (file, text, path) => {
    await writeFile(join(root, 'config', file), text);

    const { code, out, err } = await run('plugins', 'list');

    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toContain(`${file}:1:`);
    expect(err).toContain(path);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('takes the folder of the configuration from the command line, and refuses one that is not there', async () => {
    await ship('mail');
    await mkdir(join(root, 'other'));
    await writeFile(join(root, 'other/plugins.yaml'), 'mail: { enabled: false }\n');

    expect((await run('plugins', 'list', '--config-dir', join(root, 'other'))).out).toContain('disabled');
    expect((await run('--config-dir', join(root, 'other'), 'plugins', 'list')).out).toContain('disabled');
    expect(await run('plugins', 'list', '--config-dir', join(root, 'absent'))).toMatchObject({ code: 78, out: '' });
  });

  it.each([
    [['plugins', 'lst'], "unknown command 'lst'"],
    [['plugins', 'list', '--jsn'], "unknown option '--jsn'"],
    [['plugins', 'graph', '--format', 'dot'], "argument 'dot' is invalid. Allowed choices are text, mermaid, json."],
    [['plugins', 'list', 'extra'], 'too many arguments'],
    [['plugins'], 'Usage: panotti plugins'],
    [[], 'Usage: panotti'],
  ])('ends with 64 on wrong usage: %j', async (args, message) => {
    const { code, out, err } = await run(...args);

    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(message);
  });

  it('prints help with examples, and its version', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    for (const args of [
      ['--help'],
      ['plugins', '--help'],
      ['plugins', 'list', '--help'],
      ['plugins', 'graph', '--help'],
    ]) {
      expect(await run(...args)).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringMatching(/Usage: panotti[^]*Examples:[^]*panotti plugins/),
      });
    }
    expect((await run('plugins', 'list', '--help')).out).toContain('--config-dir');
  });
});
