import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, loadConfiguration, type Configuration } from '../../../src/config/index.js';
import { Plugin } from '../../../src/plugin/index.js';
import { prepareCatalog, readHostPackage } from '../../../src/host/index.js';
import { FakePluginModules } from './fake-plugin-modules.js';

class Embedded {}
Plugin({ name: 'embedded', version: '1.0.0', requires: { host: '>=1', node: '>=24' } })(Embedded);

class InFolder {}
Plugin({ name: 'in-folder', version: '1.0.0' })(InFolder);

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'panotti-prepare-')));
  await mkdir(join(root, 'config'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function configured(panotti: string): Promise<Configuration> {
  await writeFile(join(root, 'config/panotti.yaml'), panotti);
  return loadConfiguration({ configDirectory: join(root, 'config'), dataDirectory: join(root, 'data') }, {});
}

describe('the catalog of a configured server', () => {
  it('joins embedded, shipped and configured plugins; directories start at the folder of panotti.yaml', async () => {
    await Promise.all(['shipped', 'plugins', 'config/own'].map((folder) => mkdir(join(root, folder))));
    for (const file of ['shipped/a.mjs', 'plugins/b.mjs', 'config/own/c.mjs']) await writeFile(join(root, file), '');
    const modules = new FakePluginModules({ '.mjs': { InFolder } });

    const catalog = await prepareCatalog({
      configuration: await configured('plugins: { directories: [../plugins, own] }\n'),
      embedded: [Embedded],
      shipped: join(root, 'shipped'),
      modules,
    });

    expect(modules.imported).toEqual(
      ['shipped/a.mjs', 'plugins/b.mjs', 'config/own/c.mjs'].map((file) => join(root, file)),
    );
    expect([...catalog.entries.values()].map(({ name, status, origin }) => `${name} ${status} ${origin.kind}`)).toEqual(
      ['embedded startable embedded', 'in-folder startable shipped'],
    );
  });

  it('touches no loader while all plugins are embedded, so that it runs where hooks are not allowed', async () => {
    const catalog = await prepareCatalog({ configuration: await configured(''), embedded: [Embedded] });

    expect(catalog.problems).toEqual([]);
    expect(() => catalog[Symbol.dispose]()).not.toThrow();
  });

  it.each([
    ['plugins: { directories: plugins }', 'plugins.directories'],
    ['plugins: { directories: [1] }', 'plugins.directories'],
    ['plugins: { packages: [../outside] }', 'plugins.packages'],
    ['plugins: { folders: [x] }', 'plugins.folders'],
    ['plugins: [', '(yaml)'],
  ])('refuses %j', async (yaml, path) => {
    const configuration = await configured(yaml);

    const refused = prepareCatalog({ configuration, modules: new FakePluginModules() });

    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toMatchObject({
      problems: [expect.objectContaining({ path: expect.stringContaining(path) })],
    });
  });
});

describe('the packages that plugins share with the host', () => {
  it('are itself, its peers, and those whose classes are injected; nothing else', async () => {
    const { name, shared } = await readHostPackage();

    expect(name).toBe('panotti');
    expect([...shared]).toEqual(
      expect.arrayContaining([
        'panotti',
        '@nestjs/common',
        '@nestjs/core',
        'class-validator',
        'class-transformer',
        'reflect-metadata',
        'rxjs',
        'prom-client',
      ]),
    );
    expect(['semver', 'yaml', 'piscina', 'commander'].filter((privateOne) => shared.has(privateOne))).toEqual([]);
  });
});
