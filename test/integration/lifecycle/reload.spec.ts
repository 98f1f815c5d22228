import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { IsInt, IsOptional, Max } from 'class-validator';
import {
  ConfigurationError,
  ConfigurationReloadError,
  IsSecret,
  Nested,
  type OnConfigChange,
  Plugin,
  Secret,
} from '../../../src/index.js';
import { on, plugin } from '../../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

class Settings {
  @IsInt() @Max(100) size = 1;
}

/** Writes down what happens to its instances. */
function settled(name: string, told: string[], options: object = {}): Type<object> {
  @Plugin({ name, version: '1.0.0', config: Settings, ...options })
  class SettledPlugin {
    constructor(readonly settings: Settings) {}
    onModuleInit(): void {
      told.push(`${name} starts with ${this.settings.size}`);
    }
    onModuleDestroy(): void {
      told.push(`${name} stops`);
    }
  }
  return SettledPlugin;
}

function adaptable(
  name: string,
  told: string[],
  change: (next: Settings) => void | Promise<void> = () => undefined,
): Type<object> {
  @Plugin({ name, version: '1.0.0', config: Settings })
  class AdaptablePlugin implements OnConfigChange<Settings> {
    constructor(readonly settings: Settings) {}
    onModuleInit(): void {
      told.push(`${name} starts with ${this.settings.size}`);
    }
    async onConfigChange(next: Settings, previous: Settings): Promise<void> {
      await change(next);
      told.push(`${name} goes from ${previous.size} to ${next.size}${Object.isFrozen(next) ? '' : ', not frozen'}`);
    }
  }
  return AdaptablePlugin;
}

class InnerSecret {
  @IsSecret() @IsOptional() key?: Secret;
}

class SecretSettings {
  @IsSecret() @IsOptional() key?: Secret;
  @IsSecret({ each: true }) @IsOptional() keys?: Secret[];
  @Nested(() => InnerSecret) @IsOptional() inner?: InnerSecret;
}

/** Writes down which secret it starts with. */
function guarded(told: string[]): Type<object> {
  @Plugin({ name: 'one', version: '1.0.0', config: SecretSettings })
  class GuardedPlugin {
    constructor(readonly settings: SecretSettings) {}
    onModuleInit(): void {
      const { key, keys, inner } = this.settings;
      if (keys) told.push(`list ${keys.map((item) => item.reveal()).join()}`);
      else if (inner) told.push(`inner ${inner.key?.reveal()}`);
      else told.push(key?.reveal() ?? 'nothing');
    }
  }
  return GuardedPlugin;
}

interface Files extends AsyncDisposable {
  readonly directory: string;
  write(name: string, text: string): Promise<void>;
}

async function files(initial: Readonly<Record<string, string>>): Promise<Files> {
  const directory = await mkdtemp(join(tmpdir(), 'panotti-config-'));
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
  for (const [name, text] of Object.entries(initial)) await write(name, text);
  return { directory, write, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

const start = (config: Files, plugins: Type<object>[]): Promise<HostApp> =>
  hostApp(plugins, { configDirectory: config.directory });
const size = (name: string, value: unknown): string => `${name}:\n  settings:\n    size: ${String(value)}\n`;
const HOST = 'telemetry:\n  logLevel: silent\n  watchdog: false\n';

const NOTHING = {
  told: [],
  restarted: [],
  added: [],
  removed: [],
  down: [],
  outdated: [],
  problems: '',
  afterRestart: [],
};

describe('a reload of the configuration', () => {
  it('restarts what has changed and what depends on it, tells those that can take it, and leaves everything else alone', async () => {
    const told: string[] = [];
    await using config = await files({
      'panotti.yaml': HOST,
      'plugins.yaml': size('one', 1) + size('two', 1) + size('three', 1),
    });
    await using test = await start(config, [
      settled('one', told),
      adaptable('two', told),
      settled('three', told),
      plugin('user', { onModuleInit: () => void told.push('user starts') }, on('one')),
    ]);
    told.length = 0;
    await config.write('plugins.yaml', size('one', 2) + size('two', 2) + size('three', 1));
    const result = await test.host.reloadConfiguration();

    expect(result).toEqual({ ...NOTHING, restarted: ['one'], told: ['two'] });
    expect(told.toSorted()).toEqual(['one starts with 2', 'one stops', 'two goes from 1 to 2', 'user starts']);
    expect(Object.values(test.states()).every((state) => state === 'ready')).toBe(true);
  });

  it('changes nothing when a file is wrong, reports all of it with places, and works once that is mended', async () => {
    const told: string[] = [];
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': size('one', 1) });
    await using test = await start(config, [settled('one', told), settled('two', told)]);
    told.length = 0;
    await config.write('panotti.yaml', `${HOST}http:\n  port: many\n`);
    await config.write('plugins.yaml', size('one', 2) + size('two', 200));

    const error: unknown = await test.host.reloadConfiguration().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(({ path, line }) => [path, line])).toEqual([
      ['http.port', 5],
      ['plugins.two.settings.size', 6],
    ]);
    expect(told).toEqual([]);

    await config.write('panotti.yaml', HOST);
    await config.write('plugins.yaml', size('one', 2) + size('two', 20));
    await test.host.reloadConfiguration();
    expect(told.toSorted()).toEqual(['one starts with 2', 'one stops', 'two starts with 20', 'two stops']);
  });

  it.each<[string, string, string, string]>([
    ['is removed', '    key: one\n', '', 'nothing'],
    ['becomes null', '    key: one\n', '    key: null\n', 'nothing'],
    ['is added', '', '    key: one\n', 'one'],
    ['is changed', '    key: one\n', '    key: two\n', 'two'],
    ['goes with the map around it', '    inner: { key: one }\n', '', 'nothing'],
    ['comes with the map around it', '', '    inner: { key: one }\n', 'inner one'],
    ['leaves the list that it is in', '    keys: [one, two]\n', '    keys: [two]\n', 'list two'],
    ['goes with its list', '    keys: [one]\n', '', 'nothing'],
    ['comes in the place of one that is removed', '    key: one\n', '    keys: [one]\n', 'list one'],
  ])('puts it into effect that a secret setting %s', async (_title, before, after, expected) => {
    const told: string[] = [];
    const section = (text: string): string => (text === '' ? 'one: {}\n' : `one:\n  settings:\n${text}`);
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': section(before) });
    await using test = await start(config, [guarded(told)]);
    told.length = 0;
    await config.write('plugins.yaml', section(after));

    expect(await test.host.reloadConfiguration()).toMatchObject({ restarted: ['one'] });
    expect(told).toEqual([expected]);
    expect(await test.host.reloadConfiguration()).toMatchObject({ restarted: [], told: [] });
  });

  it.each([
    ['half-written', 'one:\n  settings:\n    size: 2\n  "'],
    ['emptied', ''],
    ['removed', undefined],
  ])('F-24 keeps the running configuration when a file is %s', async (_title, text) => {
    const told: string[] = [];
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': size('one', 2) });
    await using test = await start(config, [settled('one', told)]);
    if (text === undefined) await rm(join(config.directory, 'plugins.yaml'));
    else await config.write('plugins.yaml', text);

    await expect(test.host.reloadConfiguration()).rejects.toThrow(/plugins\.yaml:\d+:\d+ {2}/);
    expect(told).toEqual(['one starts with 2']);
    expect(test.states()).toEqual({ one: 'ready' });
  });

  it('F-24 loads once when a file is replaced in one step, and never what a broken one says', async () => {
    const told: string[] = [];
    await using config = await files({
      'panotti.yaml': `${HOST}config:\n  watch: true\n`,
      'plugins.yaml': size('one', 1),
    });
    await using test = await start(config, [adaptable('one', told)]);
    await config.write('next.tmp', size('one', 2));
    await rename(join(config.directory, 'next.tmp'), join(config.directory, 'plugins.yaml'));
    await waitFor(() => told.includes('one goes from 1 to 2'));
    await config.write('plugins.yaml', size('one', 'broken'));
    await config.write('plugins.yaml', size('one', 3));
    await waitFor(() => told.includes('one goes from 2 to 3'));

    expect(told).toEqual(['one starts with 1', 'one goes from 1 to 2', 'one goes from 2 to 3']);
    expect(test.states()).toEqual({ one: 'ready' });
  });

  it('restarts a plugin that cannot go on with its new settings', async () => {
    const told: string[] = [];
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': size('one', 1) });
    const refusing = adaptable('one', told, () => Promise.reject(new Error('not while I run')));
    await using test = await start(config, [refusing]);
    await config.write('plugins.yaml', size('one', 2));

    expect(await test.host.reloadConfiguration()).toMatchObject({ restarted: ['one'], told: [] });
    expect(told).toEqual(['one starts with 1', 'one starts with 2']);
  });

  it('stops what it disables, starts what it enables, and starts again what had failed', async () => {
    let isBroken = true;
    const told: string[] = [];
    const failing = settled('failing', told, {});
    Object.assign(failing.prototype as object, {
      onApplicationBootstrap: () => {
        if (isBroken) throw new Error('as it was told');
      },
    });
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': 'off:\n  enabled: false\n' });
    await using test = await start(config, [plugin('goes'), plugin('off'), failing]);
    expect(test.states()).toEqual({ failing: 'failed', goes: 'ready', off: 'disabled' });

    isBroken = false;
    await config.write('plugins.yaml', `goes:\n  enabled: false\n${size('failing', 2)}`);
    await test.host.reloadConfiguration();
    expect(test.states()).toEqual({ failing: 'ready', goes: 'disabled', off: 'ready' });
  });

  it.each<[string, string, object, string]>([
    [
      'fails with its new settings',
      size('one', 13),
      { restarted: [], down: [{ plugin: 'one', state: 'failed', reason: 'no 13' }] },
      'failed',
    ],
    [
      'is disabled',
      'one:\n  enabled: false\n',
      { restarted: [], down: [{ plugin: 'one', state: 'disabled' }] },
      'disabled',
    ],
    ['runs with its new settings', size('one', 2), { restarted: ['one'], down: [] }, 'ready'],
  ])('says what has become of a plugin that %s', async (_title, text, expected, state) => {
    const one = settled('one', []);
    Object.assign(one.prototype as object, {
      onApplicationBootstrap(this: { settings: Settings }) {
        if (this.settings.size === 13) throw new Error('no 13');
      },
    });
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': size('one', 1) });
    await using test = await start(config, [one]);
    await config.write('plugins.yaml', text);

    expect(await test.host.reloadConfiguration()).toMatchObject(expected);
    expect(test.states()).toEqual({ one: state });
  });

  it('leaves a suspended plugin suspended, and ends that when the configuration disables it', async () => {
    let isBroken = true;
    const one = settled('one', []);
    Object.assign(one.prototype as object, {
      onApplicationBootstrap: () => {
        if (isBroken) throw new Error('broken');
      },
    });
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': size('one', 1) });
    await using test = await start(config, [one]);
    await test.host.start('one');
    await test.host.start('one');
    expect(test.states()).toEqual({ one: 'suspended' });

    isBroken = false;
    await config.write('plugins.yaml', size('one', 2));
    expect(await test.host.reloadConfiguration()).toMatchObject({
      restarted: [],
      down: [{ plugin: 'one', state: 'suspended' }],
    });
    await config.write('plugins.yaml', `${size('one', 2)}  enabled: false\n`);
    expect(await test.host.reloadConfiguration()).toMatchObject({
      restarted: [],
      down: [{ plugin: 'one', state: 'disabled' }],
    });
    await config.write('plugins.yaml', size('one', 2));
    expect(await test.host.reloadConfiguration()).toMatchObject({ restarted: ['one'], down: [] });
    expect(test.states()).toEqual({ one: 'ready' });
  });

  it('keeps what commands have laid over the files, and leaves a plugin stopped that an operator stopped', async () => {
    const told: string[] = [];
    await using config = await files({ 'panotti.yaml': HOST, 'plugins.yaml': size('one', 1) + size('two', 1) });
    await using test = await start(config, [settled('one', told), settled('two', told)]);
    await test.host.reconfigure('one', { size: 50 });
    await test.host.stop('two');
    told.length = 0;
    await config.write('plugins.yaml', size('one', 2) + size('two', 2));

    await test.host.reloadConfiguration();
    expect(told).toEqual([]);
    expect(test.states()).toEqual({ one: 'ready', two: 'stopped' });

    await test.host.start('two');
    expect(told).toEqual(['two starts with 2']);
  });

  it('names the keys of panotti.yaml that count from the next start on', async () => {
    await using config = await files({ 'panotti.yaml': HOST });
    await using test = await start(config, []);
    await config.write('panotti.yaml', `${HOST}lifecycle:\n  stopTimeout: 9\n`);

    expect(await test.host.reloadConfiguration()).toEqual({ ...NOTHING, afterRestart: ['lifecycle.stopTimeout'] });
  });

  it('refuses a reload if the configuration was given in code, and while the server stops', async () => {
    await using test = await hostApp([plugin('one')]);
    await expect(test.host.reloadConfiguration()).rejects.toThrow(ConfigurationReloadError);

    test.host.announceShutdown();
    await expect(test.host.reloadConfiguration()).rejects.toThrow('the server is stopping');
  });
});
