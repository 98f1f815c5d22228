import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
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
  before?: Discovery,
): Promise<Discovery> {
  const directories = [join(root, 'plugins')];
  modules.clock = clock;
  const all = { embedded: [], shipped: undefined, directories, packages: [], packageBases: [root], ...sources };
  return discoverPlugins(all, { modules, clock, watch: new ImportWatch(), timeoutMs: 2_000 }, before);
}

const summary = ({ plugins }: Discovery): string[] =>
  plugins.map(
    ({ manifest, origin }) =>
      `${manifest.name} ${manifest.version} ${origin.kind} ${origin.location.replace(root, '')}`,
  );

const messages = ({ unloaded, problems }: Discovery): string[] =>
  [...unloaded.map(({ problem }) => problem), ...problems].map(
    ({ code, message }) => `${code} ${message.replaceAll(root, '')}`,
  );

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

    expect(await discover(modules)).toMatchObject({
      plugins: [],
      problems: [],
      unloaded: [],
      fruitless: [{ directory: join(root, 'plugins'), folders: ['assets'] }],
    });
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

  it.each([
    ['a directory inside of another', ['plugins', 'plugins/sample']],
    ['one directory in two spellings', ['plugins', 'plugins/../plugins']],
    ['a link to a directory', ['plugins', 'linked']],
  ])('takes a file once that several directories lead to: %s', async (_title, directories) => {
    await files({ 'plugins/sample/package.json': { main: 'index.js' }, 'plugins/sample/index.js': '' });
    await symlink(join(root, 'plugins'), join(root, 'linked'));
    await symlink('nowhere', join(root, 'plugins/broken'));

    const found = await discover(new FakePluginModules({ 'index.js': { default: pluginClass('sample') } }), {
      directories: directories.map((directory) => `${root}/${directory}`),
    });

    expect(summary(found)).toEqual(['sample 1.0.0 directory /plugins/sample/index.js']);
    expect(messages(found)).toEqual([expect.stringContaining('/plugins/broken')]);
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
      expect.stringMatching(
        /^PLUGIN_PACKAGE_INVALID The plugin folder \/plugins\/broken-json has a package\.json that cannot be used: /,
      ),
      expect.stringMatching(/^PLUGIN_ENTRY_UNREADABLE \/plugins\/circle\.js cannot be read: ELOOP: /),
      'PLUGIN_ENTRY_UNREADABLE /plugins/dangling.js cannot be read: ENOENT: no such file or directory.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/list-json has a package.json that cannot be used: it holds no object.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/no-entry has no entry: the file named by exports or main in its package.json is not there.',
      'PLUGIN_PACKAGE_INVALID The plugin folder /plugins/no-package has no package.json.',
    ]);
    expect(found.unloaded.map(({ name }) => name)).toEqual([
      'broken-json',
      'circle',
      'dangling',
      'list-json',
      'no-entry',
      'no-package',
    ]);
  });

  it('reports a directory that is not there, or is none, and goes on with the others', async () => {
    await files({ 'plugins/good.mjs': '', file: '' });
    const directories = [join(root, 'absent'), join(root, 'file'), join(root, 'plugins')];

    const found = await discover(new FakePluginModules({ 'good.mjs': { plugin: pluginClass('good') } }), {
      directories,
    });

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
    const modules = new FakePluginModules({
      'a-hangs.mjs': () => never,
      'b-good.mjs': { plugin: pluginClass('good') },
    });

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

    expect(found.unloaded).toMatchObject([
      { name: 'throws', problem: { code: 'PLUGIN_IMPORT_FAILED', plugin: 'throws' } },
    ]);
  });

  it('says that a class given in code is no plugin', async () => {
    class Parent {}
    Plugin({ name: 'parent', version: '1.0.0' })(Parent);
    class Plain extends Parent {}

    const found = await discover(new FakePluginModules(), { embedded: [Plain] });

    expect(messages(found)).toEqual([
      'PLUGIN_EXPORT_MISSING The class "Plain", given to the host as a plugin, has no @Plugin of its own.',
    ]);
  });
});

describe('what could not be loaded', () => {
  it.each([
    ['mail', 'mail'],
    ['@acme/mail-digest', 'mail-digest'],
    ['@acme/Mail_Digest', 'mail-digest'],
    ['MailDigest', 'mail-digest'],
    ['7zip.plugin', 'zip-plugin'],
    ['panotti', 'unnamed-plugin'],
    ['ö', 'unnamed-plugin'],
    ['a'.repeat(90), 'a'.repeat(64)],
  ])('of %j is listed as %s', async (label, name) => {
    const found = await discover(new FakePluginModules(), { directories: [], packages: [label] });

    expect(found.unloaded).toMatchObject([{ name, label, origin: { kind: 'package' }, problem: { plugin: name } }]);
  });

  it('has a name of its own, also where a plugin or another of them has the one that it would have', async () => {
    await files({ 'plugins/one.mjs': '', 'plugins/mail/package.json': '{', 'more/mail/package.json': '{' });
    const modules = new FakePluginModules({ 'one.mjs': { plugin: pluginClass('mail') } });

    const found = await discover(modules, { directories: [join(root, 'plugins'), join(root, 'more')] });

    expect(found.unloaded.map(({ name }) => name)).toEqual(['mail-2', 'mail-3']);
  });

  it('may have a package.json that begins with a byte order mark', async () => {
    await files({ 'plugins/marked/package.json': '\uFEFF{ "main": "start.js" }', 'plugins/marked/start.js': '' });

    const found = await discover(new FakePluginModules({ 'start.js': { plugin: pluginClass('marked') } }));

    expect([summary(found), messages(found)]).toEqual([['marked 1.0.0 directory /plugins/marked/start.js'], []]);
  });
});

describe('a directory', () => {
  it.each<[string, Record<string, string>, string[] | undefined]>([
    ['is one level too high', { 'plugins/dist/mail/index.mjs': '', 'plugins/src/mail.ts': '' }, ['dist', 'src']],
    ['holds nothing that is built', { 'plugins/mail.ts': '' }, []],
    ['has a plugin that is broken', { 'plugins/mail/package.json': '{' }, undefined],
    ['holds dot files alone', { 'plugins/.keep': '' }, undefined],
  ])('is told about where it %s, or not', async (_title, contents, folders) => {
    await files(contents);

    const { fruitless } = await discover(new FakePluginModules());

    expect(fruitless).toEqual(folders === undefined ? [] : [{ directory: join(root, 'plugins'), folders }]);
  });
});

describe('a later search', () => {
  it.each<[string, string, boolean]>([
    ['other code', '// other', true],
    ['the same code', '', false],
  ])(
    'takes a folder that had gone and comes back with %s for what is in memory, and says whether it is outdated',
    async (_title, code, isOutdated) => {
      const modules = new FakePluginModules({ 'two/index.js': { plugin: pluginClass('two') } });
      await files({ 'plugins/two/package.json': '{}', 'plugins/two/index.js': '' });
      const [folder, aside] = [join(root, 'plugins/two'), join(root, 'aside')];
      const first = await discover(modules);
      await rename(folder, aside);
      const without = await discover(modules, {}, new SystemClock(), first);
      await rename(aside, folder);
      if (code !== '') await files({ 'plugins/two/index.js': code });
      const last = await discover(modules, {}, new SystemClock(), without);

      expect(without.plugins).toEqual([]);
      expect(last.plugins.map(({ pluginClass: type }) => type)).toEqual(
        first.plugins.map(({ pluginClass: type }) => type),
      );
      expect(last.outdated).toEqual(isOutdated ? ['two'] : []);
    },
  );

  const modulesOf = (names: readonly string[]): FakePluginModules =>
    new FakePluginModules(Object.fromEntries(names.map((name) => [`${name}/index.js`, { plugin: pluginClass(name) }])));
  const folder = (name: string, code = ''): Record<string, string> => ({
    [`plugins/${name}/package.json`]: '{}',
    [`plugins/${name}/index.js`]: code,
  });
  const names = ({ plugins, unloaded }: Discovery): string[] => [
    ...plugins.map(({ manifest }) => manifest.name),
    ...unloaded.map(({ name }) => `${name}!`),
  ];

  it.each<[string, () => Promise<void>, string[], string[], string[]]>([
    ['nothing has happened', async () => undefined, ['one', 'two'], [], []],
    ['a folder came', () => files(folder('three')), ['one', 'two', 'three'], ['three'], []],
    ['a folder has gone', () => rm(join(root, 'plugins/two'), { recursive: true }), ['one'], [], []],
    ['code was written', () => files(folder('two', '// new')), ['one', 'two'], [], ['two']],
    ['a file of code came', () => files({ 'plugins/two/lib/more.js': '' }), ['one', 'two'], [], ['two']],
    [
      'a file came that is no code',
      () => files({ 'plugins/two/notes.txt': '', 'plugins/two/.cache/x.js': '' }),
      ['one', 'two'],
      [],
      [],
    ],
    ['a dependency came', () => files({ 'plugins/two/node_modules/x/index.js': '' }), ['one', 'two'], [], []],
    ['a folder is half written', () => files({ 'plugins/two/package.json': '{' }), ['two', 'one'], [], ['two']],
    ['a broken folder came', () => files({ 'plugins/three/package.json': '{' }), ['one', 'two', 'three!'], [], []],
    [
      'a folder was moved',
      () => rename(join(root, 'plugins/two'), join(root, 'plugins/moved')),
      ['one', 'two'],
      ['moved'],
      ['two'],
    ],
  ])(
    'where %s, keeps what was loaded, imports what is new, and names what is outdated',
    async (_title, change, expected, imported, outdated) => {
      await files({ ...folder('one'), ...folder('two') });
      const modules = modulesOf(['one', 'two', 'three']);
      const first = await discover(modules);
      const classes = new Map(first.plugins.map(({ manifest, pluginClass: type }) => [manifest.name, type]));
      modules.imported.length = 0;
      await change();

      const moved = new FakePluginModules({
        'moved/index.js': { plugin: pluginClass('two') },
        'three/index.js': { plugin: pluginClass('three') },
      });
      const second = await discover(moved, {}, new SystemClock(), first);

      expect(names(second)).toEqual(expected);
      expect(moved.imported.map((file) => file.split('/').at(-2))).toEqual(imported);
      expect(second.outdated).toEqual(outdated);
      for (const { manifest, pluginClass: type } of second.plugins)
        if (classes.has(manifest.name)) expect(type).toBe(classes.get(manifest.name));
    },
  );

  it('tries again what could not be imported, and says that Node may keep the error', async () => {
    await files(folder('one'));
    let thrown: unknown = new Error('no');
    const modules = new FakePluginModules({
      'one/index.js': () => {
        if (thrown !== undefined) throw thrown;
        return { plugin: pluginClass('one') };
      },
    });
    const first = await discover(modules);
    await files(folder('one', '// corrected'));
    const second = await discover(modules, {}, new SystemClock(), first);
    const third = await discover(modules, {}, new SystemClock(), second);
    thrown = undefined;
    const fourth = await discover(modules, {}, new SystemClock(), third);

    expect([first, second, third].map(({ unloaded }) => unloaded[0]?.problem.fix)).toEqual([
      'Correct the plugin, or remove it; code that may fail belongs into onModuleInit.',
      'Its code has changed since it was imported: start the server again.',
      'Its code has changed since it was imported: start the server again.',
    ]);
    expect(names(fourth)).toEqual(['one']);
  });
});
