import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { IsInt, Min } from 'class-validator';
import {
  Deprecated,
  describeProblem,
  IsDuration,
  loadConfiguration,
  type Environment,
} from '../../../src/config/index.js';
import { prepareCatalog, type PluginCatalog } from '../../../src/host/index.js';
import { Plugin } from '../../../src/plugin/index.js';
import { FakePluginModules } from './fake-plugin-modules.js';

class ShopConfig {
  @IsInt() @Min(1) maxItems = 10;
  @IsDuration() timeout = 30;
  @Deprecated({ use: 'timeout', since: '1.1.0' }) patience?: number;
}

function plugin(name: string, config?: Type<object>): Type<object> {
  class Found {}
  Plugin({ name, version: '1.0.0', ...(config ? { config } : {}) })(Found);
  return Found;
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'panotti-layered-'));
  await mkdir(join(directory, 'plugins'));
});
afterEach(() => rm(directory, { recursive: true }));

async function catalogOf(environment: Environment, files: Record<string, string> = {}): Promise<PluginCatalog> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const configuration = await loadConfiguration({ configDirectory: directory, dataDirectory: directory }, environment);
  return prepareCatalog({
    configuration,
    embedded: [plugin('web-shop', ShopConfig), plugin('mail')],
    modules: new FakePluginModules(),
  });
}

const report = (catalog: PluginCatalog): string[] =>
  catalog.problems
    .flatMap(({ configuration = [] }) => configuration.map(describeProblem))
    .map((line) => line.replaceAll(`${directory}/`, ''));

describe('a catalog out of layers', () => {
  it('reads the section and the settings of a plugin from variables', async () => {
    const catalog = await catalogOf({
      PANOTTI__PLUGINS__WEB_SHOP__REQUIRED: 'true',
      PANOTTI__PLUGINS__WEB_SHOP__START_TIMEOUT: '1m',
      PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__MAX_ITEMS: '5',
      PANOTTI__PLUGINS__MAIL__ENABLED: 'false',
    });

    expect(report(catalog)).toEqual([]);
    expect(catalog.entries.get('web-shop')).toMatchObject({
      status: 'startable',
      section: { required: true, startTimeout: 60 },
      configuration: { maxItems: 5 },
    });
    expect(catalog.entries.get('mail')?.status).toBe('disabled');
  });

  it('lets settings that are given at run time go over variables', async () => {
    const catalog = await catalogOf({ PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__MAX_ITEMS: '5' });
    expect(catalog.reassess('web-shop', { settings: { maxItems: 7 } }).configuration).toMatchObject({ maxItems: 7 });
    expect(catalog.reassess('web-shop', { settings: { timeout: 7 } }).configuration).toMatchObject({
      maxItems: 5,
      timeout: 7,
    });
  });

  it('reports variables for plugins that are not there, for options that are not there, and for plugins without settings', async () => {
    const catalog = await catalogOf({
      PANOTTI__PLUGINS__WEBSHOP__ENABLED: 'true',
      PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__MAX_ITEM: '5',
      PANOTTI__PLUGINS__WEB_SHOP__ENABLD: 'true',
      PANOTTI__PLUGINS__MAIL__SETTINGS__ANY: 'x',
    });

    expect(report(catalog)).toEqual([
      '(environment):1:1  PANOTTI__PLUGINS__WEBSHOP__ENABLED: sets nothing; did you mean PANOTTI__PLUGINS__WEB_SHOP__ENABLED?',
      '(environment):1:1  PANOTTI__PLUGINS__MAIL__SETTINGS__ANY: sets nothing; there is nothing to set there',
      '(environment):1:1  PANOTTI__PLUGINS__WEB_SHOP__ENABLD: sets nothing; did you mean PANOTTI__PLUGINS__WEB_SHOP__ENABLED?',
      '(environment):1:1  PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__MAX_ITEM: sets nothing; did you mean PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__MAX_ITEMS?',
    ]);
  });

  it('keeps what is wrong in the file of one plugin to that plugin', async () => {
    const catalog = await catalogOf(
      {},
      { 'plugins/mail.yaml': 'enabled: [\n', 'plugins/web-shop.yaml': 'settings: { maxItems: 2 }\n' },
    );
    expect([...catalog.entries.values()].map(({ name, status }) => `${name} ${status}`)).toEqual([
      'mail invalid',
      'web-shop startable',
    ]);
    expect(catalog.entries.get('web-shop')?.configuration).toMatchObject({ maxItems: 2 });
  });

  it('reports a file for a plugin that is not there as it reports a section', async () => {
    const catalog = await catalogOf({}, { 'plugins/webshop.yaml': 'enabled: true\n' });
    expect(report(catalog)).toEqual([
      'plugins/webshop.yaml:1:1  plugins.webshop: no plugin has this name; did you mean "web-shop"?',
    ]);
  });

  it('has a warning for each setting that is written by its old name, in files and in variables', async () => {
    const catalog = await catalogOf({ PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__PATIENCE: '2m' });
    expect(catalog.entries.get('web-shop')?.configuration).toMatchObject({ timeout: 120 });
    expect(catalog.warnings).toMatchObject([
      {
        code: 'CONFIG_DEPRECATED',
        path: 'PANOTTI__PLUGINS__WEB_SHOP__SETTINGS__PATIENCE',
        fix: 'Rename it to timeout.',
      },
    ]);
  });
});
