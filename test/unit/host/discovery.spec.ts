import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Type } from '@nestjs/common';
import { SystemClock, type Clock } from '../../../src/common/index.js';
import { Plugin } from '../../../src/plugin/index.js';
import { discoverPlugins } from '../../../src/host/discovery/discover-plugins.js';
import { ImportWatch } from '../../../src/host/discovery/import-watch.js';
import type { Discovery, DiscoverySources } from '../../../src/host/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';
import { waitFor } from '../../support/wait-for.js';
import { FakePluginModules } from './fake-plugin-modules.js';

function pluginClass(name: string, version = '1.0.0'): Type<object> {
  class Found {}
  Plugin({ name, version })(Found);
  return Found;
}

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'panotti-discovery-')));
  await mkdir(join(root, 'plugins'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function files(contents: Record<string, string | object>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

function discover(
  modules: FakePluginModules,
  sources: Partial<DiscoverySources> = {},
  clock: Clock = new SystemClock(),
): Promise<Discovery> {
  const directories = [join(root, 'plugins')];
  modules.clock = clock;
  const all = { embedded: [], shipped: undefined, directories, packages: [], packageBases: [root], ...sources };
  return discoverPlugins(all, { modules, clock, watch: new ImportWatch(), timeoutMs: 2_000 });
}

const summary = ({ plugins }: Discovery): string[] =>
  plugins.map(({ manifest, origin }) => `${manifest.name} ${manifest.version} ${origin.kind} ${origin.location.replace(root, '')}`);

const messages = ({ problems }: Discovery): string[] => problems.map(({ code, message }) => `${code} ${message.replaceAll(root, '')}`);

describe('discovery', () => {
  it('takes every plugin class that a file exports, once each', async () => {
    await files({ 'plugins/many.mjs': '' });
    const [one, two] = [pluginClass('one'), pluginClass('two')];

    const found = await discover(
      new FakePluginModules({ 'many.mjs': { default: one, one, two, other: class {}, text: 'x', nothing: null } }),
    );

    expect(found.plugins.map((plugin) => plugin.pluginClass)).toEqual([one, two]);
    expect(found.problems).toEqual([]);
  });

  it('passes over what is no plugin: dot files, node_modules, types, maps, data, folders without code', async () => {
    await files({
      'plugins/.hidden.mjs': '',
      'plugins/.cache/index.js': '',
      'plugins/node_modules/thing/index.js': '',
      'plugins/types.d.ts': '',
      'plugins/file.js.map': '',
      'plugins/data.json': '',
      'plugins/README.md': '',
      'plugins/assets/picture.svg': '',
    });
    const modules = new FakePluginModules();

    expect(await discover(modules)).toEqual({ plugins: [], problems: [], unloaded: new Set() });
    expect(modules.imported).toEqual([]);
  });

  it('uses the first of several plugins of one name: embedded, shipped, directories in their order, packages', async () => {
    await files({
      'shipped/a.mjs': '',
      'plugins/b.mjs': '',
      'more/c.mjs': '',
      'node_modules/d/package.json': { name: 'd' },
      'node_modules/d/index.js': '',
    });
    const exportsOf = Object.fromEntries(
      ['a.mjs', 'b.mjs', 'c.mjs', 'd/index.js'].map((file, at) => [
        file,
        { twin: pluginClass('twin', `1.${at}.0`), own: pluginClass(`p${at}`) },
      ]),
    );
    const sources = {
      embedded: [pluginClass('p0', '9.0.0'), pluginClass('p3', '9.0.0')],
      shipped: join(root, 'shipped'),
      directories: [join(root, 'plugins'), join(root, 'more')],
      packages: ['d'],
    };

    const found = await discover(new FakePluginModules(exportsOf), sources);

    expect(summary(found)).toEqual([
      'p0 9.0.0 embedded Found',
      'p3 9.0.0 embedded Found',
      'twin 1.0.0 shipped /shipped/a.mjs',
      'p1 1.0.0 directory /plugins/b.mjs',
      'p2 1.0.0 directory /more/c.mjs',
    ]);
    const twice = (name: string, used: string, other: string): string =>
      `PLUGIN_DUPLICATE Plugin "${name}" was found more than once: ${used} is used, ${other} is not.`;
    expect(messages(found)).toEqual([
      twice('p0', '9.0.0 in Found', '1.0.0 in /shipped/a.mjs'),
      twice('twin', '1.0.0 in /shipped/a.mjs', '1.1.0 in /plugins/b.mjs'),
      twice('twin', '1.0.0 in /shipped/a.mjs', '1.2.0 in /more/c.mjs'),
      twice('twin', '1.0.0 in /shipped/a.mjs', '1.3.0 in /node_modules/d/index.js'),
      twice('p3', '9.0.0 in Found', '1.0.0 in /node_modules/d/index.js'),
    ]);
  });

  it('imports nothing that a link leads to outside of the directory, as folder, as file or as entry of a package', async () => {
    await files({
      'outside/package.json': {},
      'outside/index.js': '',
      'plugins/entry/package.json': { main: '../../outside/index.js' },
      'plugins/linked-entry/package.json': {},
      'plugins/inside/package.json': {},
      'plugins/inside/index.js': '',
      'plugins-next-door/index.js': '',
    });
    await symlink(join(root, 'outside'), join(root, 'plugins/folder'));
    await symlink(join(root, 'outside/index.js'), join(root, 'plugins/file.js'));
    await symlink(join(root, 'outside/index.js'), join(root, 'plugins/linked-entry/index.js'));
    await symlink(join(root, 'plugins-next-door/index.js'), join(root, 'plugins/next-door.js'));
    await symlink(join(root, 'plugins'), join(root, 'link-to-plugins'));
    const modules = new FakePluginModules({ 'index.js': { plugin: pluginClass('inside') } });

    const found = await discover(modules, { directories: [join(root, 'link-to-plugins')] });

    expect(modules.imported).toEqual([join(root, 'plugins/inside/index.js')]);
    expect(summary(found)).toEqual(['inside 1.0.0 directory /plugins/inside/index.js']);
    expect(messages(found)).toEqual([
      'PLUGIN_ENTRY_OUTSIDE /outside/index.js leads out of /plugins/entry, so it is not loaded.',
      'PLUGIN_ENTRY_OUTSIDE /plugins/file.js leads out of /plugins, so it is not loaded.',
      'PLUGIN_ENTRY_OUTSIDE /plugins/folder leads out of /plugins, so it is not loaded.',
      'PLUGIN_ENTRY_OUTSIDE /outside/index.js leads out of /plugins/linked-entry, so it is not loaded.',
      'PLUGIN_ENTRY_OUTSIDE /plugins/next-door.js leads out of /plugins, so it is not loaded.',
    ]);
  });

  it('never waits for a pipe, a socket or a device, not even in place of a package.json', async () => {
    await files({ 'plugins/piped/index.js': '', 'plugins/piped-entry/package.json': {} });
    for (const pipe of ['plugins/pipe.js', 'plugins/piped/package.json', 'plugins/piped-entry/index.js'])
      execFileSync('mkfifo', [join(root, pipe)]);
    const server = createServer().listen(join(root, 'plugins/socket.mjs'));
    await waitFor(() => server.listening);

    const found = await discover(new FakePluginModules());
    server.close();

    expect(messages(found)).toEqual([
      'PLUGIN_ENTRY_SPECIAL /plugins/pipe.js is a pipe, a socket or a device, not a file.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/piped has a package.json that cannot be used: it is no file.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/piped-entry has no entry: the file named by exports or main in its package.json is not there.',
      'PLUGIN_ENTRY_SPECIAL /plugins/socket.mjs is a pipe, a socket or a device, not a file.',
    ]);
  });

  it('reports folders that are meant as plugins and are none, and links that lead nowhere or in circles', async () => {
    await files({
      'plugins/no-package/index.js': '',
      'plugins/broken-json/package.json': '{ "name": ',
      'plugins/list-json/package.json': [],
      'plugins/no-entry/package.json': { main: 'dist/index.js' },
    });
    await symlink(join(root, 'nowhere'), join(root, 'plugins/dangling.js'));
    await symlink(join(root, 'plugins/circle.js'), join(root, 'plugins/circle.js'));

    const found = await discover(new FakePluginModules());

    expect(messages(found)).toEqual([
      expect.stringMatching(/^PLUGIN_PACKAGE_INVALID The plugin folder \/plugins\/broken-json has a package\.json that cannot be used: /),
      expect.stringMatching(/^PLUGIN_ENTRY_UNREADABLE \/plugins\/circle\.js cannot be read: ELOOP: /),
      'PLUGIN_ENTRY_UNREADABLE /plugins/dangling.js cannot be read: ENOENT: no such file or directory.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/list-json has a package.json that cannot be used: it holds no object.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/no-entry has no entry: the file named by exports or main in its package.json is not there.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/no-package has no package.json.',
    ]);
    expect(found.unloaded).toEqual(new Set(['broken-json', 'circle', 'dangling', 'list-json', 'no-entry', 'no-package']));
  });

  it('reports a directory that is not there, or is none, and goes on with the others', async () => {
    await files({ 'plugins/good.mjs': '', file: '' });
    const directories = [join(root, 'absent'), join(root, 'file'), join(root, 'plugins')];

    const found = await discover(new FakePluginModules({ 'good.mjs': { plugin: pluginClass('good') } }), { directories });

    expect(summary(found)).toEqual(['good 1.0.0 directory /plugins/good.mjs']);
    expect(messages(found)).toEqual([
      'PLUGIN_DIRECTORY_UNREADABLE The plugin directory /absent cannot be read: ENOENT: no such file or directory.',
      'PLUGIN_DIRECTORY_UNREADABLE The plugin directory /file cannot be read: ENOTDIR: not a directory.',
    ]);
  });

  it('lets an import wait for two seconds while others are imported, then reports it; what the import does later changes nothing', async () => {
    await files({ 'plugins/a-hangs.mjs': '', 'plugins/b-good.mjs': '' });
    const clock = new FakeClock();
    const { promise: never, reject } = Promise.withResolvers<never>();
    const modules = new FakePluginModules({ 'a-hangs.mjs': () => never, 'b-good.mjs': { plugin: pluginClass('good') } });

    const discovering = discover(modules, {}, clock);
    await waitFor(() => clock.pendingTimers === 1);
    await clock.advance(80);
    expect(modules.imported).toHaveLength(1);
    await clock.advance(20);
    await waitFor(() => modules.imported.length === 2);
    await clock.advance(1_900);
    const found = await discovering;
    reject(new Error('too late'));
    await settle();

    expect(summary(found)).toEqual(['good 1.0.0 directory /plugins/b-good.mjs']);
    expect(messages(found)).toEqual([
      'PLUGIN_IMPORT_TIMEOUT /plugins/a-hangs.mjs was not imported within 2 s: an await at the top level of it, or of what it imports, does not end.',
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [
      {
        toString: () => {
          throw new Error('no');
        },
      },
    ],
    [Object.create(null)],
  ])('survives an import that throws %p', async (thrown: unknown) => {
    await files({ 'plugins/throws.mjs': '' });

    const found = await discover(
      new FakePluginModules({
        'throws.mjs': () => {
          throw thrown;
        },
      }),
    );

    expect(found.problems).toMatchObject([{ code: 'PLUGIN_IMPORT_FAILED' }]);
  });

  it('says that a class given in code is no plugin', async () => {
    class Parent {}
    Plugin({ name: 'parent', version: '1.0.0' })(Parent);
    class Plain extends Parent {}

    const found = await discover(new FakePluginModules(), { embedded: [Plain] });

    expect(messages(found)).toEqual(['PLUGIN_EXPORT_MISSING The class "Plain", given to the host as a plugin, has no @Plugin of its own.']);
  });
});
