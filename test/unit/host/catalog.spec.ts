import { inspect } from 'node:util';
import { IsInt, IsString, Min } from 'class-validator';
import type { Type } from '@nestjs/common';
import { Secret } from '../../../src/common/index.js';
import { ConfigurationDocument, ConfigurationError, describeProblem, IsSecret } from '../../../src/config/index.js';
import { Plugin, type PluginOptions } from '../../../src/plugin/index.js';
import { buildCatalog, PluginCatalogError, PluginSection, type PluginCatalog } from '../../../src/host/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FakePluginModules } from './fake-plugin-modules.js';

class ShopConfig {
  @IsString()
  currency = 'EUR';

  @IsInt()
  @Min(1)
  timeout = 30;
}

function plugin(name: string, options: Partial<PluginOptions> = {}): Type<object> {
  class Found {}
  Plugin({ name, version: '1.0.0', ...options })(Found);
  return Found;
}

function catalogOf(
  embedded: Type<object>[],
  text = '',
  environment: Record<string, string> = {},
): Promise<PluginCatalog> {
  return buildCatalog({
    sources: { embedded, shipped: undefined, directories: [], packages: [], packageBases: [] },
    document: ConfigurationDocument.parse({ file: 'plugins.yaml', text, environment, pathPrefix: 'plugins' }),
    machine: { hostVersion: '1.0.0', nodeVersion: '24.21.0', platform: 'linux', environment },
    modules: new FakePluginModules(),
    clock: new FakeClock(),
  });
}

const statuses = ({ entries }: PluginCatalog): Record<string, string> =>
  Object.fromEntries([...entries.values()].map(({ name, status }) => [name, status]));

const codes = ({ problems }: PluginCatalog): string[] => problems.map(({ plugin: name, code }) => `${name} ${code}`);

describe('the catalog', () => {
  it('gives each plugin its section and its validated, frozen settings, with defaults where nothing is written', async () => {
    const catalog = await catalogOf(
      [plugin('shop', { config: ShopConfig }), plugin('mail')],
      'shop:\n  version: ^1.0.0\n  required: true\n  startTimeout: 2.5\n  settings: { timeout: 5 }\n',
    );

    const shop = catalog.entries.get('shop');
    expect(statuses(catalog)).toEqual({ mail: 'startable', shop: 'startable' });
    expect(shop?.configuration).toEqual(Object.assign(new ShopConfig(), { timeout: 5 }));
    expect(shop?.configuration).toBeInstanceOf(ShopConfig);
    expect(Object.isFrozen(shop?.configuration)).toBe(true);
    expect(shop?.section).toMatchObject({
      version: '^1.0.0',
      enabled: true,
      required: true,
      startTimeout: 2.5,
      stopTimeout: undefined,
    });
    expect(catalog.entries.get('mail')).toMatchObject({ configuration: undefined, section: new PluginSection() });
    expect(catalog.report()).toBe('');
  });

  it('keeps settings nowhere but in the instance of the config class, because secrets stand in them in the open', async () => {
    class Vault {
      @IsSecret() token!: Secret;
    }
    const catalog = await catalogOf(
      [plugin('vault', { config: Vault })],
      'vault: { settings: { token: "${TOKEN}" } }',
      {
        TOKEN: 'hunter2',
      },
    );
    const entry = catalog.entries.get('vault');

    expect((entry?.configuration as Vault | undefined)?.token.reveal()).toBe('hunter2');
    expect(entry?.section.settings).toBeUndefined();
    expect(inspect(catalog.entries, { depth: 12, showHidden: true })).not.toContain('hunter2');
    expect(catalog.warnings).toEqual([]);
  });

  it('has the warnings of all plugins, sorted, and starts them all the same', async () => {
    class Vault {
      @IsSecret() token!: Secret;
    }
    const text =
      'safe: { settings: { token: hunter2 } }\nvault: { settings: { token: hunter3 } }\noff: { enabled: false, settings: { token: a } }\n';
    const catalog = await catalogOf(
      ['vault', 'off', 'safe'].map((name) => plugin(name, { config: Vault })),
      text,
    );

    expect(statuses(catalog)).toEqual({ off: 'disabled', safe: 'startable', vault: 'startable' });
    expect(catalog.warnings.map(describeProblem)).toEqual([
      expect.stringMatching(
        /^plugins\.yaml:1:28 {2}plugins\.safe\.settings\.token: is a secret that stands in the file/,
      ),
      expect.stringMatching(
        /^plugins\.yaml:2:29 {2}plugins\.vault\.settings\.token: is a secret that stands in the file/,
      ),
    ]);
    expect(catalog.report()).toBe('');
  });

  it('reports everything that is wrong with all plugins in one text, sorted by plugin, each with its fix and its place', async () => {
    const catalog = await catalogOf(
      [
        plugin('shop', { config: ShopConfig, dependencies: { ledgr: '^1.0.0' }, requires: { env: ['SHOP_KEY'] } }),
        plugin('ledger', { dependencies: { mail: '^2.0.0' } }),
        plugin('mail'),
        plugin('ring-a', { dependencies: { 'ring-b': '*' } }),
        plugin('ring-b', { optionalDependencies: { 'ring-a': '*' } }),
      ],
      'shop:\n  settings:\n    timeout: 0\n    curency: USD\nmale: {}\nmail:\n  version: ^3.0.0\n  settings: { host: example.org }\n',
    );

    expect(statuses(catalog)).toEqual({
      ledger: 'invalid',
      mail: 'invalid',
      'ring-a': 'invalid',
      'ring-b': 'invalid',
      shop: 'invalid',
    });
    expect(catalog.report()).toBe(`7 problems with plugins:

PLUGIN_DEPENDENCY_VERSION  Plugin "ledger" needs "mail" ^2.0.0, but 1.0.0 was found.
  Fix: Install a version of "mail" in ^2.0.0, or a version of "ledger" that works with 1.0.0.

PLUGIN_CONFIGURATION_INVALID  The configuration of plugin "mail" is wrong:
  plugins.yaml:7:12  plugins.mail.version: these settings are written for ^3.0.0, but 1.0.0 was found
    Fix: Correct the settings for 1.0.0 and write it here, or install a version that fits.
  plugins.yaml:8:3  plugins.mail.settings: this plugin takes no settings
    Fix: Remove the settings.
  Fix: Correct the places named above.

PLUGIN_UNKNOWN  The configuration has a section for a plugin that was not found:
  plugins.yaml:5:1  plugins.male: no plugin has this name
    Fix: Correct the name, or remove it.
  Fix: Correct the name, install the plugin, or remove the section. \`panotti plugins list\` shows which plugins there are.

PLUGIN_DEPENDENCY_CYCLE  These plugins depend on each other, so none of them can start first: ring-a -> ring-b -> ring-a.
  Fix: Remove one of these dependencies: let one plugin publish an event that the other reacts to, or move what both need into a third plugin.

PLUGIN_CONFIGURATION_INVALID  The configuration of plugin "shop" is wrong:
  plugins.yaml:3:14  plugins.shop.settings.timeout: must not be less than 1
    Fix: Write a value that is allowed.
  plugins.yaml:4:5  plugins.shop.settings.curency: is unknown; did you mean "currency"?
    Fix: Write "currency", or remove it.
  Fix: Correct the places named above.

PLUGIN_DEPENDENCY_MISSING  Plugin "shop" depends on "ledgr" (^1.0.0), which was not found; did you mean "ledger"?
  Fix: Correct the name in the manifest of "shop", or install "ledgr".

PLUGIN_REQUIREMENT_UNMET  Plugin "shop" needs the environment variable SHOP_KEY, which is not set or empty.
  Fix: Set SHOP_KEY in the environment of the server.`);
    expect(new PluginCatalogError(catalog.problems).message).toContain(catalog.report());
  });

  it('blocks a plugin whose requirements are not met, and leaves its dependents alone', async () => {
    const catalog = await catalogOf([
      plugin('speech', { requires: { binaries: ['no-such-program'] } }),
      plugin('minutes', { dependencies: { speech: '^1.0.0' } }),
    ]);

    expect(statuses(catalog)).toEqual({ minutes: 'startable', speech: 'blocked' });
    expect(codes(catalog)).toEqual(['speech PLUGIN_REQUIREMENT_UNMET']);
  });

  it('checks nothing of a disabled plugin, which still counts as present', async () => {
    const catalog = await catalogOf(
      [
        plugin('off', {
          version: '2.0.0',
          config: ShopConfig,
          dependencies: { absent: '*', user: '*' },
          requires: { env: ['NOT_SET'] },
        }),
        plugin('user', { dependencies: { off: '^2.0.0' } }),
        plugin('old-user', { dependencies: { off: '^1.0.0' } }),
      ],
      'off:\n  enabled: false\n  typo: 1\n  settings:\n    timeout: ${NOT_SET}\n',
    );

    expect(statuses(catalog)).toEqual({ off: 'disabled', 'old-user': 'invalid', user: 'startable' });
    expect(codes(catalog)).toEqual(['old-user PLUGIN_DEPENDENCY_VERSION']);
    expect(catalog.entries.get('off')?.section).toMatchObject({ enabled: false });
    expect(catalog.graph.dependenciesOf('off')).toEqual(['user']);
  });

  it('keeps a mistake in the section of one plugin to that plugin, also one that is found while the file is read', async () => {
    const catalog = await catalogOf(
      [plugin('shop', { config: ShopConfig }), plugin('mail')],
      'shop:\n  settings:\n    currency: ${NOT_SET}\n  enabled: "yes"\nmail:\n  required: true\n',
    );

    expect(statuses(catalog)).toEqual({ mail: 'startable', shop: 'invalid' });
    const [problem] = catalog.problems;
    expect(catalog.problems).toHaveLength(1);
    expect(problem?.configuration?.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '3 plugins.shop.settings.currency',
      '4 plugins.shop.enabled',
    ]);
    expect(catalog.entries.get('shop')?.configuration).toBeUndefined();
  });

  it('does not go on when the file as a whole cannot be read', async () => {
    await expect(catalogOf([plugin('shop')], 'shop: [1, 2\nmail: {')).rejects.toThrow(ConfigurationError);
  });

  it('refuses a section that is no map, a range that is none, and deadlines that are no time', async () => {
    const catalog = await catalogOf(
      [plugin('one'), plugin('two'), plugin('three')],
      'one: yes\ntwo: { version: one, startTimeout: 0, stopTimeout: "5" }\nthree: { settings: [1] }\n',
    );

    expect(catalog.problems.map(({ configuration = [] }) => configuration.map(({ path }) => path))).toEqual([
      ['plugins.one'],
      ['plugins.three.settings'],
      ['plugins.two.version', 'plugins.two.startTimeout', 'plugins.two.stopTimeout'],
    ]);
  });

  it('takes an empty section, empty settings and a null version as nothing', async () => {
    const catalog = await catalogOf(
      [plugin('one'), plugin('two', { config: ShopConfig })],
      'one:\ntwo:\n  version:\n  settings:\n',
    );

    expect(statuses(catalog)).toEqual({ one: 'startable', two: 'startable' });
  });

  it('disposes of what discovery has set up', async () => {
    const modules = new FakePluginModules();
    const catalog = await buildCatalog({
      sources: { embedded: [], shipped: undefined, directories: [], packages: [], packageBases: [] },
      document: ConfigurationDocument.fromObject({ label: 'test', value: {} }),
      machine: { hostVersion: '1.0.0', nodeVersion: '24.21.0', platform: 'linux', environment: {} },
      modules,
      clock: new FakeClock(),
    });

    catalog[Symbol.dispose]();

    expect(modules.isDisposed).toBe(true);
  });
});
