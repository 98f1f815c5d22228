import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { Secret } from '../../../../src/common/index.js';
import { Describe, IsSecret, Nested } from '../../../../src/config/index.js';
import { Plugin, type PluginOptions } from '../../../../src/plugin/index.js';
import { FakePluginModules } from '../../host/fake-plugin-modules.js';
import { type Ran, runCommand, surroundingsIn } from '../../../support/run-command.js';

class Channel {
  @IsString() name = 'main';
  @IsOptional() @IsSecret() key?: Secret;
}

class MailConfig {
  @Describe('Where letters go.') @IsString() server = 'localhost';
  @Describe('How many at once.') @IsInt() @Min(1) @Max(9) limit = 5;
  @IsOptional() @IsSecret() password?: Secret;
  @Nested(() => Channel) channel = new Channel();
  @Nested(() => Channel) more: Channel[] = [];
}

let root: string;
let plugins: Record<string, Type<object>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'panotti-config-'));
  await Promise.all([mkdir(join(root, 'config')), mkdir(join(root, 'shipped'))]);
  plugins = {};
  await ship('mail', { description: 'Sends letters.', config: MailConfig });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function ship(name: string, options: Partial<PluginOptions> = {}): Promise<void> {
  class Shipped {
    constructor() {
      throw new Error('A command has built a plugin.');
    }
  }
  Plugin({ name, version: '1.0.0', ...options })(Shipped);
  plugins[name] = Shipped;
  await writeFile(join(root, 'shipped', `${name}.mjs`), '');
}

async function configured(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, 'config/plugins'), { recursive: true });
    await writeFile(join(root, 'config', name), text);
  }
}

async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const surroundings = surroundingsIn(root);
  const modules = new FakePluginModules(
    Object.fromEntries(Object.entries(plugins).map(([name, type]) => [`/${name}.mjs`, { type }])),
  );
  const environment = { ...surroundings.environment, ...variables };
  const { code, out, err } = await runCommand(['config', ...args], { ...surroundings, environment, modules });
  return { code, out: out.replaceAll(`${root}/`, ''), err: err.replaceAll(`${root}/`, '') };
}

describe('panotti config docs', () => {
  it('prints the reference of the server and every plugin, or of one', async () => {
    const all = await run(['docs']);
    const one = await run(['docs', 'mail']);

    expect(all).toMatchObject({ code: 0, err: '' });
    expect(all.out).toMatch(/## panotti\.yaml\n[^]*`http\.port`[^]*### mail\n\nSends letters\./);
    expect(one).toMatchObject({ code: 0, err: '' });
    expect(one.out).toMatch(/^# mail\n/);
    expect(one.out).toContain('| `limit` | whole number, from 1 to 9 | `5` | How many at once. |');
  });

  it('writes into a file as a whole, and keeps its permissions', async () => {
    const file = join(root, 'reference.md');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await symlink(file, join(root, 'link.md'));

    expect(await run(['docs', '--out', join(root, 'link.md')])).toMatchObject({ code: 0, out: '' });
    expect(await readFile(file, 'utf8')).toMatch(/^# Configuration\n/);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(root)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('ends with 74 where the file cannot be written, and with 64 and a suggestion for an unknown plugin', async () => {
    expect(await run(['docs', '--out', join(root, 'absent/reference.md')])).toMatchObject({
      code: 74,
      out: '',
      err: expect.stringContaining('FILE_NOT_WRITTEN'),
    });
    expect(await run(['docs', 'mial'])).toMatchObject({ code: 64, out: '', err: expect.stringContaining('mail') });
  });

  it('says which plugin is missing because it could not be loaded', async () => {
    await writeFile(join(root, 'shipped/broken.mjs'), '');

    expect(await run(['docs'])).toMatchObject({ code: 0, err: expect.stringContaining('PLUGIN_IMPORT_FAILED') });
  });
});

describe('panotti config schema', () => {
  it('prints a schema with a definition for each file', async () => {
    const { code, out } = await run(['schema']);
    const { $schema, $defs } = JSON.parse(out) as { $schema: string; $defs: Record<string, { properties?: object }> };

    expect({ code, $schema }).toEqual({ code: 0, $schema: 'https://json-schema.org/draft/2020-12/schema' });
    expect(Object.keys($defs['panotti']?.properties ?? {})).toContain('http');
    expect(Object.keys($defs['plugins']?.properties ?? {})).toEqual(['mail']);
  });
});

describe('panotti config init', () => {
  it('prints the section', async () => {
    expect(await run(['init', 'mail'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^# Sends letters\.\nmail:\n/),
    });
  });

  it('adds it to plugins.yaml with --write, which else stays as it is, to the last space', async () => {
    const before = '# Mine.\r\nshop:   { enabled: false } # not yet';
    await ship('shop');
    await configured({ 'plugins.yaml': before });
    const { out: section } = await run(['init', 'mail']);

    expect(await run(['init', 'mail', '--write'])).toMatchObject({
      code: 0,
      out: '',
      err: 'Added to config/plugins.yaml\n',
    });
    expect(await readFile(join(root, 'config/plugins.yaml'), 'utf8')).toBe(`${before}\n\n${section}`);
    expect(await run(['check'])).toMatchObject({ code: 0 });
  });

  it('makes plugins.yaml where there is none', async () => {
    await run(['init', 'mail', '--write']);

    expect(await readFile(join(root, 'config/plugins.yaml'), 'utf8')).toBe((await run(['init', 'mail'])).out);
  });

  it.each([
    ['has the section', 'mail:\n', 'it has a section of that name already'],
    ['is in brackets', '{ shop: { enabled: false } }\n', 'nothing can follow what it ends with'],
    ['has ended', 'shop: { enabled: false }\n...\n', 'nothing can follow what it ends with'],
    [
      'ends in a text that keeps its line breaks',
      'shop:\n  settings:\n    a: |+\n      x\n',
      'nothing can follow what it ends with',
    ],
  ])('refuses with 78, and writes nothing, where plugins.yaml %s', async (_case, text, reason) => {
    await configured({ 'plugins.yaml': text });

    expect(await run(['init', 'mail', '--write'])).toMatchObject({
      code: 78,
      out: '',
      err: expect.stringContaining(reason),
    });
    expect(await readFile(join(root, 'config/plugins.yaml'), 'utf8')).toBe(text);
  });
});

describe('panotti config init for a file of its own and for editors', () => {
  const text = (name: string): Promise<string> => readFile(join(root, name), 'utf8');

  it('makes the file of one plugin with the line that names its schema, and the server takes it', async () => {
    expect(await run(['init', 'mail', '--own-file'])).toMatchObject({
      code: 0,
      out: '',
      err: 'Written: config/plugins/mail.yaml\n',
    });
    const lines = (await text('config/plugins/mail.yaml')).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '# yaml-language-server: $schema=../schema.json#/$defs/plugins.mail',
      '# Sends letters.',
      '#enabled: true',
    ]);
    expect(lines).toContain('settings:');
    expect(await run(['check'])).toMatchObject({ code: 0 });

    expect(await run(['init', 'mail', '--own-file'])).toMatchObject({
      code: 78,
      err: expect.stringContaining('SECTION_NOT_ADDED'),
    });
    expect((await text('config/plugins/mail.yaml')).split('\n')).toEqual(lines);
  });

  it('writes the schema, the first line of each file and the setting of the editor, and nothing a second time', async () => {
    await configured({
      'panotti.yaml': '\uFEFFhttp: {}\r\n',
      'plugins.yaml': '# Mine.\n',
      'plugins.production.yaml': '{}\n',
      'plugins/mail.yaml': '{}\n',
    });
    const { code, err } = await run(['init', '--editor']);

    const files = [
      'config/schema.json',
      'config/panotti.yaml',
      'config/plugins.production.yaml',
      'config/plugins.yaml',
      'config/plugins/mail.yaml',
      '.vscode/settings.json',
    ];
    expect({ code, err }).toEqual({ code: 0, err: files.map((file) => `Written: ${file}\n`).join('') });
    expect(JSON.parse(await text('config/schema.json'))).toHaveProperty(['$defs', 'plugins.mail']);
    expect(await text('config/panotti.yaml')).toBe(
      '\uFEFF# yaml-language-server: $schema=./schema.json#/$defs/panotti\r\nhttp: {}\r\n',
    );
    expect(await text('config/plugins.yaml')).toBe(
      '# yaml-language-server: $schema=./schema.json#/$defs/plugins\n# Mine.\n',
    );
    expect(await text('config/plugins/mail.yaml')).toBe(
      '# yaml-language-server: $schema=../schema.json#/$defs/plugins.mail\n{}\n',
    );
    expect(JSON.parse(await text('.vscode/settings.json'))).toEqual({ 'yaml.customTags': ['!encrypted scalar'] });
    expect(await run(['init', '--editor'])).toMatchObject({ code: 0, err: 'Nothing had to change.\n' });
  });

  it.each([
    [
      'has other settings',
      '{"a": 1, "yaml.customTags": ["!x"]}',
      { a: 1, 'yaml.customTags': ['!x', '!encrypted scalar'] },
    ],
    ['has them already', '{ "yaml.customTags": ["!encrypted scalar"] }', { 'yaml.customTags': ['!encrypted scalar'] }],
    ['is empty', '', { 'yaml.customTags': ['!encrypted scalar'] }],
  ])('keeps what .vscode/settings.json says where it %s', async (_case, before, after) => {
    await mkdir(join(root, '.vscode'));
    await writeFile(join(root, '.vscode/settings.json'), before);
    await run(['init', '--editor']);

    expect(JSON.parse(await text('.vscode/settings.json'))).toEqual(after);
  });

  it('says what to add where .vscode/settings.json has comments, and leaves it alone', async () => {
    await mkdir(join(root, '.vscode'));
    await writeFile(join(root, '.vscode/settings.json'), '{} // mine');

    expect(await run(['init', '--editor'])).toMatchObject({
      code: 0,
      err: expect.stringContaining('"yaml.customTags": ["!encrypted scalar"]'),
    });
    expect(await text('.vscode/settings.json')).toBe('{} // mine');
  });

  it.each([
    [['init']],
    [['init', '--write']],
    [['init', '--editor', '--own-file']],
    [['init', 'mail', '--write', '--own-file']],
  ])('ends with wrong usage at %j', async (args) => {
    expect(await run(args)).toMatchObject({ code: 64, out: '' });
  });
});

describe('panotti config check', () => {
  it('ends with 0 and a summary where all is right', async () => {
    expect(await run(['check'])).toEqual({
      code: 0,
      out: 'The configuration is right: 1 plugin (1 startable).\n',
      err: '',
    });
  });

  it('ends with 78 and everything that is wrong, from all files, variables and plugins at once', async () => {
    await configured({
      'panotti.yaml': 'http: { port: -1 }\n',
      'plugins.yaml': 'mail: { settings: { limit: 10, sever: x } }\nmial: {}\n',
      'plugins/mail.yaml': 'enabled: "yes"\n',
    });
    const { code, out, err } = await run(['check'], { PANOTTI__PLUGINS__MAIL__SETTINGS__CHANNEL__NOM: 'x' });

    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(
      err
        .split('\n')
        .filter((line) => line.startsWith('  ') && !line.includes('Fix:'))
        .map((line) => line.trim().split(': ')[0]),
    ).toEqual([
      '(environment):1:1  PANOTTI__PLUGINS__MAIL__SETTINGS__CHANNEL__NOM',
      'config/panotti.yaml:1:15  http.port',
      'config/plugins.yaml:1:28  plugins.mail.settings.limit',
      'config/plugins.yaml:1:32  plugins.mail.settings.sever',
      'config/plugins.yaml:2:1  plugins.mial',
      'config/plugins/mail.yaml:1:10  plugins.mail.enabled',
    ]);
  });

  it('tells what is wrong with plugins also where a part of panotti.yaml is wrong that has nothing to do with them', async () => {
    await writeFile(join(root, 'config/panotti.yaml'), 'http: { port: 70000 }\n');
    await writeFile(join(root, 'config/plugins.yaml'), 'mail: { settings: { limit: 90 } }\nmial: {}\n');

    const { code, err } = await run(['check']);

    expect(code).toBe(78);
    expect(err.split('\n').slice(1, 7)).toEqual([
      expect.stringMatching(/panotti\.yaml:1:15 {2}http\.port/),
      '    Fix: Write a value that is allowed.',
      expect.stringMatching(/plugins\.yaml:1:28 {2}plugins\.mail\.settings\.limit/),
      '    Fix: Write a value that is allowed.',
      expect.stringMatching(/plugins\.yaml:2:1 {2}plugins\.mial: no plugin has this name/),
      '    Fix: Correct the name, or remove it.',
    ]);
  });

  it('still tells what is wrong with plugins.yaml where panotti.yaml keeps plugins from being found', async () => {
    await configured({
      'panotti.yaml': 'plugins: { directories: x }\n',
      'plugins.yaml': 'mail:\n  a: ${UNSET_NAME}\n',
    });
    const { code, err } = await run(['check']);

    expect(code).toBe(78);
    expect(err).toContain('plugins.directories');
    expect(err).toContain('UNSET_NAME');
  });

  it('prints all of it for programs with --json', async () => {
    await configured({ 'plugins.yaml': 'mail: { settings: { limit: 10 } }\n' });
    const { code, out, err } = await run(['check', '--json']);

    expect({ code, err }).toEqual({ code: 78, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ file: 'config/plugins.yaml', line: 1, column: 28, path: 'plugins.mail.settings.limit' }],
      warnings: [],
      pluginProblems: [],
      plugins: [{ name: 'mail', status: 'invalid', isLoaded: true, isRequired: false }],
    });
  });

  it.each<[string, Record<string, string>, number]>([
    ['a package is not installed', { 'panotti.yaml': 'plugins: { packages: [absent] }\n' }, 78],
    [
      'it is disabled',
      { 'panotti.yaml': 'plugins: { packages: [absent] }\n', 'plugins.yaml': 'absent: { enabled: false }\n' },
      0,
    ],
    ['a directory is not there', { 'panotti.yaml': 'plugins: { directories: [absent] }\n' }, 78],
    ['a required plugin is nowhere', { 'plugins.yaml': 'absent: { required: true }\n' }, 78],
    ['a required plugin lacks something', { 'plugins.yaml': 'lacking: { required: true }\n' }, 78],
    ['a plugin lacks something', {}, 0],
    ['an import fails', { '../shipped/broken.mjs': '' }, 78],
  ])('ends as it should where %s', async (_title, contents, code) => {
    await ship('lacking', { requires: { env: ['NOT_SET_ANYWHERE'] } });
    await configured(contents);

    expect(await run(['check'])).toMatchObject({ code, out: code === 0 ? expect.stringContaining('is right') : '' });
  });

  it('warns of a directory that is one level too high, at the place where it is named', async () => {
    await mkdir(join(root, 'built/plugins'), { recursive: true });
    await configured({ 'panotti.yaml': 'plugins:\n  directories: [../built]\n' });
    const { code, err } = await run(['check']);

    expect(code).toBe(0);
    expect(err).toContain(
      'config/panotti.yaml:2:17  plugins.directories[0]: has no plugin in it; it has the folders plugins, which are no plugins',
    );
  });

  it('takes warnings, and plugins that would not start, for wrong under --strict only', async () => {
    await configured({ 'plugins.yaml': 'mail: { settings: { password: aaaaaaaaaaaaaaaa } }\n' });
    expect(await run(['check'])).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^1 warning:\n {2}config\/plugins\.yaml:1:31 /),
    });
    expect(await run(['check', '--strict'])).toMatchObject({ code: 78 });

    await configured({ 'plugins.yaml': '' });
    await ship('shop', { dependencies: { absent: '*' } });
    expect(await run(['check'])).toMatchObject({ code: 0, err: expect.stringContaining('PLUGIN_DEPENDENCY_MISSING') });
    expect(await run(['check', '--strict'])).toMatchObject({ code: 78 });
  });
});

describe('panotti config show', () => {
  const files = {
    'plugins.yaml':
      'mail:\n  settings:\n    limit: 2\n    password: ${PASSWORD}\n    more: [{ name: a, key: "${PASSWORD}" }, { name: b }]\n',
    'plugins/mail.yaml': 'settings: { limit: 3 }\n',
  };
  const variables = { PASSWORD: 'correct-horse', PANOTTI__PLUGINS__MAIL__SETTINGS__SERVER: 'smtp', PORT: '8080' };

  it('has every value that is in effect with the place where it was written, and no secret', async () => {
    await configured(files);
    const { code, out, err } = await run(['show', 'mail'], variables);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      `
PATH                                VALUE     FROM
plugins.mail.version                -         default
plugins.mail.enabled                true      default
plugins.mail.required               false     default
plugins.mail.startTimeout           -         default
plugins.mail.stopTimeout            -         default
plugins.mail.settings.server        smtp      PANOTTI__PLUGINS__MAIL__SETTINGS__SERVER
plugins.mail.settings.limit         3         config/plugins/mail.yaml:1:20
plugins.mail.settings.password      [secret]  config/plugins.yaml:4:15
plugins.mail.settings.channel.name  main      default
plugins.mail.settings.channel.key   -         default
plugins.mail.settings.more[0].name  a         config/plugins.yaml:5:20
plugins.mail.settings.more[0].key   [secret]  config/plugins.yaml:5:28
plugins.mail.settings.more[1].name  b         config/plugins.yaml:5:53
plugins.mail.settings.more[1].key   -         default
`.trimStart(),
    );
  });

  it.each([
    ['no file', {}],
    ['an empty section', { 'plugins.yaml': 'mail:\n' }],
    ['a section without settings', { 'plugins.yaml': 'mail: { required: true }\n' }],
    ['settings whose lines are all comments', { 'plugins.yaml': 'mail:\n  settings:\n    #limit: 3\n' }],
  ])('shows the default of each setting where there is %s', async (_title, contents) => {
    await configured(contents);
    const { out } = await run(['show', 'mail']);

    expect(out).toMatch(/^plugins\.mail\.settings\.limit +5 +default$/m);
    expect(out).not.toMatch(/^plugins\.mail\.settings /m);
  });

  it('prints JSON for programs, of the server too', async () => {
    await configured(files);
    const { out } = await run(['show', '--json'], variables);

    expect(JSON.parse(out)).toEqual(
      expect.arrayContaining([
        { path: 'http.port', value: 8080, origin: expect.objectContaining({ variable: 'PORT' }) },
        { path: 'http.prefix', value: 'api', origin: null },
        { path: 'plugins.mail.settings.limit', value: 3, origin: expect.objectContaining({ line: 1, column: 20 }) },
      ]),
    );
    expect(out).not.toContain('correct-horse');
  });

  it('shows the default again where a later layer takes a whole section back', async () => {
    await configured({
      'plugins.yaml': 'mail: { settings: { channel: { name: x } } }\n',
      'plugins/mail.yaml': 'settings: { channel: null }\n',
    });

    expect((await run(['show', 'mail'])).out).toMatch(/channel\.name +main +default/);
  });

  it('ends with 78 where the server would not take it', async () => {
    await configured({ 'plugins.yaml': 'mail: { settings: { limit: 10 } }\n' });

    expect(await run(['show', 'mail'])).toMatchObject({
      code: 78,
      out: expect.stringContaining('10'),
      err: expect.stringContaining('config check'),
    });
  });
});

describe('panotti config explain', () => {
  it('has type, limits, default, description, value, and what other layers say', async () => {
    await configured({
      'plugins.yaml': 'mail: { settings: { limit: 2 } }\n',
      'plugins/mail.yaml': 'settings: { limit: 3 }\n',
    });
    const { code, out } = await run(['explain', 'plugins.mail.settings.limit']);

    expect(code).toBe(0);
    expect(out).toBe(
      `
plugins.mail.settings.limit
  How many at once.
  type       whole number
  allowed    from 1 to 9
  default    5
  value      3
  from       config/plugins/mail.yaml:1:20
  overruled  2  from config/plugins.yaml:1:28
`.trimStart(),
    );
  });

  it('takes paths with and without the word plugins, into lists, and of whole sections', async () => {
    await configured({ 'plugins.yaml': 'mail: { settings: { more: [{ name: a }] } }\n' });

    expect((await run(['explain', 'mail.settings.limit'])).out).toMatch(/^plugins\.mail\.settings\.limit\n/);
    expect((await run(['explain', 'mail.settings.more[0].name'])).out).toMatch(/value +a\n/);
    expect((await run(['explain', 'mail.settings.channel'])).out).toMatch(
      /type +section\n +name +main {2}from default\n/,
    );
    expect(JSON.parse((await run(['explain', 'http.port', '--json'], { PORT: '80' })).out)).toMatchObject({
      path: 'http.port',
      default: 3000,
      values: [{ value: 80, from: 'PORT' }],
    });
  });

  it('never shows a secret', async () => {
    await configured({ 'plugins.yaml': 'mail: { settings: { password: correct-horse } }\n' });

    expect((await run(['explain', 'mail.settings.password'])).out).toMatch(/value +\[secret\]\n/);
  });

  it.each([
    ['http.prefx', 'Did you mean "http.prefix"?'],
    ['plugins.mali.settings', 'plugins.mail'],
    ['plugins.maill', 'Did you mean "plugins.mail"?'],
    ['mail.settings.limt', 'Did you mean "plugins.mail.settings.limit"?'],
    ['mail.settings.limit.deeper', 'plugins.mail.settings.limit has no options inside'],
    ['', 'name an option'],
    ['__proto__.x', 'is unknown'],
  ])('ends with 64 for the unknown path "%s", and says what could be meant', async (path, message) => {
    expect(await run(['explain', path])).toMatchObject({ code: 64, out: '', err: expect.stringContaining(message) });
  });
});

describe('the help of panotti config', () => {
  it.each(['check', 'show', 'explain', 'docs', 'schema', 'init'])('has examples for %s', async (name) => {
    expect(await run([name, '--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(new RegExp(`Examples:[^]*panotti config ${name}`)),
    });
  });
});
