import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReloadResult } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../../support/host-app.js';

const HOST = 'telemetry:\n  logLevel: silent\n  watchdog: false\nplugins:\n  directories: [../plugins]\n';

/** Under Jest, which refuses hooks of Node's loader, plugins find the packages of the host as any file of the project does. */
const CACHE = join(import.meta.dirname, '../../../node_modules/.cache');

let root: string;

beforeEach(async () => {
  await mkdir(CACHE, { recursive: true });
  root = await realpath(await mkdtemp(join(CACHE, 'panotti-reload-')));
  await files({ 'config/panotti.yaml': HOST, 'config/plugins.yaml': '# nothing\n' });
  await mkdir(join(root, 'plugins'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function files(contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** The folder of a plugin that serves its own name. */
function folder(name: string, manifest = ''): Record<string, string> {
  return {
    [`plugins/${name}/package.json`]: JSON.stringify({ name, type: 'module', main: 'index.js' }),
    [`plugins/${name}/index.js`]: [
      "import { Controller, Get } from '@nestjs/common';",
      "import { Plugin } from 'panotti';",
      'class Routes { name() { return { name: ' + JSON.stringify(name) + ' }; } }',
      "Get()(Routes.prototype, 'name', Object.getOwnPropertyDescriptor(Routes.prototype, 'name'));",
      'Controller()(Routes);',
      'export class Found {}',
      `Plugin({ name: ${JSON.stringify(name)}, version: '1.0.0', controllers: [Routes], ${manifest} })(Found);`,
    ].join('\n'),
  };
}

const start = (): Promise<HostApp> => hostApp([plugin('built-in')], { configDirectory: join(root, 'config') });
const statusOf = async (test: HostApp, name: string): Promise<number> =>
  (await test.app.inject(`/api/${name}`)).statusCode;

describe('a reload with other plugins on the disk', () => {
  it('takes a plugin up whose folder came, with what waits for it, and serves it', async () => {
    await files(folder('user', "dependencies: { mail: '*' }"));
    await using test = await start();
    expect(test.states()).toEqual({ 'built-in': 'ready', user: 'invalid' });
    expect(await statusOf(test, 'mail')).toBe(404);

    await files(folder('mail'));
    const result = await test.host.reloadConfiguration();

    expect(result).toMatchObject({ added: ['mail'], restarted: ['user'], removed: [], down: [], problems: '' });
    expect(test.states()).toEqual({ 'built-in': 'ready', mail: 'ready', user: 'ready' });
    expect((await test.app.inject('/api/mail')).json()).toEqual({ name: 'mail' });
    expect((await test.host.stop('mail')).plan.stops).toEqual(['user', 'mail']);
  });

  it('stops a plugin whose folder has gone, after what uses it, and forgets it', async () => {
    await files({
      ...folder('mail'),
      ...folder('user', "dependencies: { mail: '*' }"),
      ...folder('reader', "optionalDependencies: { mail: '*' }"),
    });
    await using test = await start();
    await rm(join(root, 'plugins/mail'), { recursive: true });
    const result = await test.host.reloadConfiguration();

    expect(result).toMatchObject({ added: [], removed: ['mail'], down: [{ plugin: 'user', state: 'invalid' }] });
    expect(result.problems).toContain('PLUGIN_DEPENDENCY_MISSING  Plugin "user" depends on "mail"');
    expect(test.states()).toEqual({ 'built-in': 'ready', reader: 'ready', user: 'invalid' });
    expect(await statusOf(test, 'mail')).toBe(404);
    await expect(test.host.restart('mail')).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
  });

  it('takes a plugin up again that had gone', async () => {
    await files(folder('mail'));
    await using test = await start();
    await rm(join(root, 'plugins/mail'), { recursive: true });
    await test.host.reloadConfiguration();
    await files(folder('mail'));

    expect(await test.host.reloadConfiguration()).toMatchObject({ added: ['mail'], down: [] });
    expect(await statusOf(test, 'mail')).toBe(200);
  });

  it('leaves a plugin alone whose code was written, and says that a restart is needed', async () => {
    await files(folder('mail'));
    await using test = await start();
    await files({ 'plugins/mail/more.js': '' });

    expect(await test.host.reloadConfiguration()).toMatchObject({ restarted: [], down: [], outdated: ['mail'] });
    expect(test.host.plugin('mail').history.filter(({ to }) => to === 'starting')).toHaveLength(1);
  });

  it('starts what could not be loaded before, once it can', async () => {
    await files({ ...folder('mail'), 'plugins/mail/package.json': '{' });
    await using test = await start();
    expect(test.host.plugin('mail')).toMatchObject({ state: 'invalid', version: 'unknown' });
    await files(folder('mail'));

    expect(await test.host.reloadConfiguration()).toMatchObject({ restarted: ['mail'], down: [], problems: '' });
    expect(test.host.plugin('mail')).toMatchObject({ state: 'ready', version: '1.0.0' });
  });

  it('leaves a plugin stopped that an operator had stopped before it went', async () => {
    await files(folder('mail'));
    await using test = await start();
    await test.host.stop('mail');
    await rm(join(root, 'plugins/mail'), { recursive: true });
    await test.host.reloadConfiguration();
    await files(folder('mail'));

    expect(await test.host.reloadConfiguration()).toMatchObject({
      added: ['mail'],
      down: [{ plugin: 'mail', state: 'stopped' }],
    });
  });

  it('ignores a reload with other plugins once the shutdown has begun', async () => {
    await using test = await start();
    await files(folder('mail'));
    const [result] = await Promise.allSettled([test.host.reloadConfiguration(), test.host.stopAll()]);

    expect(test.states()).toEqual({ 'built-in': 'stopped' });
    expect(result.status === 'fulfilled' ? result.value.added : []).toEqual([]);
  });
});

describe('a plugin that could not be loaded', () => {
  it.each<[string, Record<string, string>, string]>([
    [
      'a package that is not installed',
      { 'config/panotti.yaml': `${HOST}  packages: ['@acme/mail']\n` },
      'PLUGIN_PACKAGE_NOT_FOUND',
    ],
    ['a folder with a broken package.json', { 'plugins/mail/package.json': '{' }, 'PLUGIN_PACKAGE_INVALID'],
    ['an import that fails', { 'plugins/mail.mjs': "throw new Error('no');" }, 'PLUGIN_IMPORT_FAILED'],
    ['a file that exports no plugin', { 'plugins/mail.mjs': 'export const mail = 1;' }, 'PLUGIN_EXPORT_MISSING'],
    ['a section that requires what is nowhere', {}, 'PLUGIN_UNKNOWN'],
  ])(
    'is invalid everywhere, and keeps the server from being ready where it is required: %s',
    async (_title, contents, code) => {
      await files({ ...contents, 'config/plugins.yaml': 'mail:\n  required: true\n' });
      await using test = await start();
      const health = await test.app.inject('/health');
      const metrics = await test.app.inject('/metrics');

      expect(test.states()).toEqual({ 'built-in': 'ready', mail: 'invalid' });
      expect(test.host.plugin('mail')).toMatchObject({ isRequired: true, reason: expect.any(String) });
      expect(test.host.report()).toContain(code);
      expect((await test.app.inject('/health/ready')).statusCode).toBe(503);
      expect(health.body).toContain('mail');
      expect(metrics.body).toContain('panotti_plugin_state{plugin="mail",state="invalid"} 1');
      expect((await test.app.inject('/health/plugins/mail')).statusCode).toBe(503);
      expect(await statusOf(test, 'mail')).toBe(503);
      await expect(test.host.start('mail')).rejects.toMatchObject({ code: 'PLUGIN_CATALOG_INVALID' });
    },
  );

  it('ignores a plugin that could not be loaded if it is disabled, or not required', async () => {
    await files({
      'plugins/mail/package.json': '{',
      'plugins/off/package.json': '{',
      'config/plugins.yaml': 'off:\n  enabled: false\n',
    });
    await using test = await start();

    expect(test.states()).toEqual({ 'built-in': 'ready', mail: 'invalid', off: 'disabled' });
    expect((await test.app.inject('/health/ready')).statusCode).toBe(200);
    expect(test.host.report()).not.toContain('off');
  });
});

describe('a reload while something is wrong', () => {
  const settings = folder('strict', 'config: Settings');
  const withSettings: Record<string, string> = {
    ...settings,
    'plugins/strict/index.js': `import { IsInt } from 'class-validator';\nclass Settings { level = 1; }\nIsInt()(Settings.prototype, 'level');\n${settings['plugins/strict/index.js'] ?? ''}`,
  };
  const level = (value: string): string => `strict:\n  settings:\n    level: ${value}\n`;

  it.each<[string, string, Record<string, string>, string, Partial<ReloadResult> | 'refused']>([
    ['of a plugin that was wrong before', level('a'), {}, `${level('a')}off: { enabled: false }\n`, { restarted: [] }],
    ['of a plugin that was wrong otherwise before', level('a'), {}, level('1.5'), { restarted: [] }],
    ['that is put right', level('a'), {}, level('2'), { restarted: ['strict'], problems: '' }],
    ['of a plugin that was in order', level('2'), {}, level('a'), 'refused'],
    ['of no plugin', level('2'), {}, `${level('2')}nowhere: {}\n`, 'refused'],
    [
      'of no plugin, as before',
      `${level('2')}nowhere: {}\n`,
      {},
      `${level('3')}nowhere: {}\n`,
      { restarted: ['strict'] },
    ],
    ['of a plugin that was off', `${level('a')}  enabled: false\n`, {}, level('a'), 'refused'],
    ['of a plugin that came', '# nothing\n', withSettings, level('a'), { added: ['strict'] }],
  ])('of the files has a mistake %s: %#', async (_title, before, came, after, expected) => {
    const isThereBefore = Object.keys(came).length === 0;
    await files({ ...(isThereBefore ? withSettings : {}), ...folder('off'), 'config/plugins.yaml': before });
    await using test = await start();
    await files({ ...came, 'config/plugins.yaml': after });
    const result = await test.host.reloadConfiguration().catch((error: { code?: string }) => error.code);

    if (expected === 'refused') expect(result).toBe('CONFIGURATION_INVALID');
    else expect(result).toMatchObject(expected);
    expect(await readFile(join(root, 'config/plugins.yaml'), 'utf8')).toBe(after);
  });
});
