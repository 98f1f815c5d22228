import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompiledHost, copyFixtures, temporaryFolder } from './compiled-host.js';

interface Listed {
  readonly plugins: readonly {
    readonly name: string;
    readonly status: string;
    readonly origin: { kind: string; location: string };
    readonly problems: string[];
  }[];
  readonly problems: readonly { readonly code: string; readonly plugin?: string; readonly message: string }[];
}

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

async function list(): Promise<Listed> {
  const { stdout } = await host.panotti(['plugins', 'list', '--json', '--config-dir', 'config'], { cwd: site });
  return JSON.parse(stdout) as Listed;
}

describe('a plugin directory outside of the project', () => {
  it('needs no node_modules: folders, single files and CommonJS get the packages of the host', async () => {
    await copyFixtures(join(site, 'plugins'), ['greeter', 'single-file.mjs', 'common-js']);

    const { plugins, problems } = await list();

    expect(problems).toEqual([]);
    expect(plugins).toMatchObject([
      {
        name: 'common-js',
        status: 'startable',
        origin: { kind: 'directory', location: join(site, 'plugins/common-js/index.js') },
      },
      {
        name: 'greeter',
        status: 'startable',
        origin: { kind: 'directory', location: join(site, 'plugins/greeter/index.js') },
      },
      {
        name: 'single-file',
        status: 'startable',
        origin: { kind: 'directory', location: join(site, 'plugins/single-file.mjs') },
      },
    ]);
  });

  it("never loads a plugin's own copy of a package that the host shares, and loads its own copy of every other", async () => {
    await copyFixtures(join(site, 'plugins'), ['greeter', 'common-js']);
    for (const plugin of ['greeter', 'common-js']) {
      for (const name of ['panotti', '@nestjs/common', 'class-validator'])
        await writeOwnCopy(plugin, name, "throw new Error('a second copy');");
      await writeOwnCopy(plugin, 'semver', 'export const own = true;');
    }
    const code = await readFile(join(site, 'plugins/greeter/index.js'), 'utf8');
    await writeFile(
      join(site, 'plugins/greeter/index.js'),
      `import { own } from 'semver';\nif (!own) throw new Error();\n${code}`,
    );

    const { plugins, problems } = await list();

    expect(problems).toEqual([]);
    expect(plugins.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'common-js startable',
      'greeter startable',
    ]);
  });

  it('gives what npm has hoisted beside a plugin the packages of the host, however deep it is pulled in', async () => {
    await writeFile(join(site, 'config/panotti.yaml'), 'plugins: { packages: [shop] }\n');
    await writePackage(
      'shop',
      "import 'library';\nimport 'old-library';\nimport { Plugin } from 'panotti';\nexport class Shop {}\nPlugin({ name: 'shop', version: '1.0.0' })(Shop);\n",
    );
    await writePackage('library', "import 'deeper';\n");
    await writePackage(
      'library/node_modules/deeper',
      "import { Injectable } from '@nestjs/common';\nif (!Injectable) throw new Error();\n",
    );
    await writePackage('old-library', "require('@nestjs/common'); require('rxjs');\n", 'commonjs');
    for (const name of ['@nestjs/common', 'rxjs', 'panotti'])
      await writePackage(name, "throw new Error('a second copy');\n");

    const { plugins, problems } = await list();

    expect(problems).toEqual([]);
    expect(plugins.map(({ name, status }) => `${name} ${status}`)).toEqual(['shop startable']);
  });

  it.each([
    ['by a path of the plugin', "import '../@nestjs/common/index.js';", ''],
    ['by a path of a package that it pulls in', "import 'library';", "import '../@nestjs/common/index.js';"],
    ['by a URL', "await import(new URL('../@nestjs/common/index.js', import.meta.url));", ''],
  ])('refuses a second copy of a package of the host, with both folders: %s', async (_how, ofPlugin, ofLibrary) => {
    await writeFile(join(site, 'config/panotti.yaml'), 'plugins: { packages: [shop] }\n');
    await writePackage('shop', `${ofPlugin}\n`);
    await writePackage('library', `${ofLibrary}\n`);
    await writePackage('@nestjs/common', 'export {};\n');

    const { problems } = await list();

    expect(problems).toMatchObject([{ code: 'PLUGIN_PACKAGE_TWICE', plugin: 'shop' }]);
    expect(problems[0]?.message).toMatch(
      /the host has \S+node_modules\/@nestjs\/common, and this is \S+\/node_modules\/@nestjs\/common\./,
    );
    expect(problems[0]?.message).toContain(join(site, 'node_modules/@nestjs/common'));
    // The report adds the fix of each problem to its message.
    expect(problems[0]?.message).not.toContain('Fix:');
  });

  it('refuses a second copy of a package of the host that is installed under another name, with both folders', async () => {
    await writeFile(join(site, 'config/panotti.yaml'), 'plugins: { packages: [shop] }\n');
    await writePackage('shop', "import 'nest-common';\n");
    await writePackage('nest-common', 'export {};\n');
    await writeFile(
      join(site, 'node_modules/nest-common/package.json'),
      JSON.stringify({ name: '@nestjs/common', type: 'module', main: 'index.js' }),
    );

    const { problems } = await list();

    expect(problems).toMatchObject([{ code: 'PLUGIN_PACKAGE_TWICE', plugin: 'shop' }]);
    expect(problems[0]?.message).toContain('imports a second copy of @nestjs/common: the host has ');
    expect(problems[0]?.message).toContain(`this is ${join(site, 'node_modules/nest-common')}.`);
  });

  it('gives a plugin the very classes of the host, also when it imports them later, and stops when the catalog is disposed of', async () => {
    await copyFixtures(join(site, 'plugins'), []);
    await writeFile(
      join(site, 'plugins/late.mjs'),
      "import { Plugin } from 'panotti';\nexport class Late { static load = (name) => import(name); }\nPlugin({ name: 'late', version: '1.0.0' })(Late);\n",
    );

    const answer = await host.evaluate(`
      import * as nest from '@nestjs/common';
      import { Plugin } from './dist/plugin/index.js';
      import { ConfigurationDocument } from './dist/config/index.js';
      import { prepareCatalog } from './dist/host/index.js';
      const host = ConfigurationDocument.fromObject({ label: 'probe', value: { plugins: { directories: [${JSON.stringify(join(site, 'plugins'))}] } } });
      const plugins = ConfigurationDocument.fromObject({ label: 'probe', value: {}, pathPrefix: 'plugins' });
      const directories = { configDirectory: '/nowhere', dataDirectory: '/nowhere' };
      const catalog = await prepareCatalog({ configuration: { host, plugins, directories, environment: {} } });
      const { load } = catalog.entries.get('late').pluginClass;
      const before = [(await load('panotti')).Plugin === Plugin, (await load('@nestjs/common')).Injectable === nest.Injectable];
      catalog[Symbol.dispose]();
      const after = await load('rxjs').then(() => 'found', (error) => error.code);
      console.log(JSON.stringify({ before, after }));
    `);

    expect(answer).toEqual({ before: [true, true], after: 'ERR_MODULE_NOT_FOUND' });
  });

  it('survives everything that an import can do, and names the file, the place and the reason', async () => {
    await copyFixtures(join(site, 'plugins'), [
      'greeter',
      'throws-on-import',
      'throws-no-error',
      'wrong-manifest',
      'exports-nothing',
    ]);
    await writeFile(join(site, 'plugins/syntax.mjs'), '\nconst = 1;\n');
    await writeFile(join(site, 'plugins/lonely.mjs'), "import 'not-installed';\n");

    const { plugins, problems } = await list();

    expect(plugins.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'exports-nothing invalid',
      'greeter startable',
      'lonely invalid',
      'syntax invalid',
      'throws-no-error invalid',
      'throws-on-import invalid',
      'wrong-manifest invalid',
    ]);
    expect(problems.map(({ code, message }) => `${code} ${message.replaceAll(site, '')}`)).toEqual([
      'PLUGIN_EXPORT_MISSING /plugins/exports-nothing/index.js exports no class with @Plugin; it exports JustAClass, answer.',
      expect.stringMatching(
        /^PLUGIN_IMPORT_FAILED \/plugins\/lonely\.mjs threw when it was imported.*: Cannot find package 'not-installed'/,
      ),
      "PLUGIN_IMPORT_FAILED /plugins/syntax.mjs threw when it was imported: Unexpected token '='",
      'PLUGIN_IMPORT_FAILED /plugins/throws-no-error/index.js threw when it was imported: A value that is no Error was thrown: gone',
      'PLUGIN_IMPORT_FAILED /plugins/throws-on-import/index.js threw when it was imported (index.js:1:7): the moon is in the way',
      expect.stringMatching(
        /^PLUGIN_MANIFEST_INVALID @Plugin on class "WrongPlugin" is wrong \(\/plugins\/wrong-manifest\/index\.js\):\n {2}- name: .+\n {2}- version: /,
      ),
    ]);
  });

  it('reports what it may not read, and goes on with the rest', async () => {
    await copyFixtures(join(site, 'plugins'), ['common-js', 'greeter', 'single-file.mjs']);
    await mkdir(join(site, 'plugins/closed'));
    await writeFile(join(site, 'plugins/closed/package.json'), '{}');
    for (const path of ['closed', 'common-js/index.js', 'single-file.mjs'])
      await chmod(join(site, 'plugins', path), 0o000);

    const { plugins, problems } = await list();

    expect(plugins.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'closed invalid',
      'common-js invalid',
      'greeter startable',
      'single-file invalid',
    ]);
    expect(problems.map(({ code, message }) => `${code} ${message.replaceAll(site, '')}`)).toEqual([
      'PLUGIN_ENTRY_UNREADABLE /plugins/closed cannot be read: EACCES: permission denied.',
      'PLUGIN_ENTRY_UNREADABLE /plugins/common-js cannot be read: EACCES: permission denied.',
      'PLUGIN_ENTRY_UNREADABLE /plugins/single-file.mjs cannot be read: EACCES: permission denied.',
    ]);
  });

  it('does not blame the section or the dependents of a plugin that could not be loaded for it', async () => {
    await copyFixtures(join(site, 'plugins'), ['throws-on-import']);
    await writeFile(join(site, 'config/plugins.yaml'), 'throws-on-import: { required: true }\n');
    await writeFile(
      join(site, 'plugins/user.mjs'),
      "import { Plugin } from 'panotti';\nexport class User {}\nPlugin({ name: 'user', version: '1.0.0', dependencies: { 'throws-on-import': '*' } })(User);\n",
    );

    const { problems } = await list();

    expect(problems).toMatchObject([
      { code: 'PLUGIN_IMPORT_FAILED' },
      {
        code: 'PLUGIN_DEPENDENCY_MISSING',
        plugin: 'user',
        fix: 'Correct "throws-on-import", which could not be loaded: it has a problem of its own in this report.',
      },
    ]);
  });

  it('finds npm packages from the configuration folder upwards, by main and by exports', async () => {
    await writeFile(join(site, 'config/panotti.yaml'), "plugins: { packages: ['@acme/greeter', clerk, absent] }\n");
    await copyFixtures(join(site, 'node_modules/@acme'), ['greeter']);
    await copyFixtures(site, ['common-js']);
    await symlink(join(site, 'common-js'), join(site, 'node_modules/clerk'));
    await writeFile(
      join(site, 'node_modules/@acme/greeter/package.json'),
      JSON.stringify({
        name: '@acme/greeter',
        type: 'module',
        exports: { '.': { require: './none.cjs', import: './index.js' } },
      }),
    );

    const { plugins, problems } = await list();

    expect(plugins).toMatchObject([
      {
        name: 'absent',
        status: 'invalid',
        origin: { kind: 'package', location: 'absent' },
        problems: ['PLUGIN_PACKAGE_NOT_FOUND'],
      },
      {
        name: 'common-js',
        status: 'startable',
        origin: { kind: 'package', location: join(site, 'common-js/index.js') },
      },
      {
        name: 'greeter',
        status: 'startable',
        origin: { kind: 'package', location: join(site, 'node_modules/@acme/greeter/index.js') },
      },
    ]);
    expect(problems).toMatchObject([
      { code: 'PLUGIN_PACKAGE_NOT_FOUND', message: expect.stringContaining('"absent"') },
    ]);
  });

  it('chooses the entry of a package as Node does', async () => {
    const packages: Record<string, object> = {
      'e-main': { main: 'index.js' },
      'e-main-without-extension': { main: './lib' },
      'e-main-folder': { main: 'folder' },
      'e-main-gone': { main: 'gone.js' },
      'e-none': {},
      'e-exports-text': { main: 'index.js', exports: './lib.js' },
      'e-exports-conditions': {
        exports: { browser: './index.js', node: { require: './index.js', import: './lib.js' } },
      },
      'e-exports-order': { exports: { '.': { default: './lib.js', import: './index.js' } } },
      'e-exports-list': { exports: ['not-relative', './lib.js'] },
      'e-exports-types-first': { exports: { '.': { types: './index.d.ts', default: './lib.js' } } },
      'e-exports-forbidden': { exports: { '.': { node: null, default: './lib.js' } } },
      'e-exports-without-root': { exports: { './other': './lib.js' } },
      'e-exports-nothing-holds': { exports: { '.': { browser: './lib.js' } } },
    };
    for (const [name, fields] of Object.entries(packages)) {
      const folder = join(host.root, 'packages/node_modules', name);
      await mkdir(join(folder, 'folder'), { recursive: true });
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name, type: 'module', ...fields }));
      for (const file of ['index.js', 'lib.js', 'folder/index.js']) await writeFile(join(folder, file), 'export {};\n');
    }

    await writeFile(
      join(host.root, 'packages/resolve.mjs'),
      'export const resolve = (name) => import.meta.resolve(name);\n',
    );

    const answers = (await host.evaluate(`
      import { fileURLToPath } from 'node:url';
      import { readPackage } from './dist/host/discovery/read-package.js';
      import { resolve } from './packages/resolve.mjs';
      const resolvedByNode = (name) => { try { return fileURLToPath(resolve(name)); } catch { return null; } };
      const answers = {};
      for (const name of ${JSON.stringify(Object.keys(packages))}) {
        const folder = fileURLToPath(new URL('packages/node_modules/' + name, import.meta.url));
        answers[name] = [(await readPackage(folder, name, 'package')).file ?? null, resolvedByNode(name)];
      }
      console.log(JSON.stringify(answers));
    `)) as Record<string, [string | null, string | null]>;

    const [ours, nodes] = [0, 1].map((side) =>
      Object.fromEntries(Object.entries(answers).map(([name, pair]) => [name, pair[side]])),
    );
    expect(ours).toEqual(nodes);
    expect(Object.values(nodes ?? {}).filter((file) => file !== null)).toHaveLength(10);
  });
});

async function writeOwnCopy(plugin: string, name: string, code: string): Promise<void> {
  const folder = join(site, 'plugins', plugin, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, type: 'module', main: 'index.js' }));
  await writeFile(join(folder, 'index.js'), code);
}

async function writePackage(path: string, code: string, type = 'module'): Promise<void> {
  const folder = join(site, 'node_modules', path);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: path.split('node_modules/').at(-1), type, main: 'index.js' }),
  );
  await writeFile(join(folder, 'index.js'), code);
}
