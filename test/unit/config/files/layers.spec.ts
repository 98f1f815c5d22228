import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IsBoolean, IsInt, IsObject, IsString, Max } from 'class-validator';
import {
  describeProblem,
  loadConfiguration,
  Nested,
  type Configuration,
  type ConfigurationDocument,
  type Environment,
} from '../../../../src/config/index.js';

class Flags {
  @IsBoolean() caching = true;
  @IsInt() level = 1;
}

class Settings {
  @IsString() mode = 'default';
  @IsInt() @Max(100) retryCount = 3;
  @IsString({ each: true }) words: string[] = ['a', 'b'];
  @Nested(() => Flags) featureFlags = new Flags();
  @Nested(() => Flags, { shape: 'map' }) named: Record<string, Flags> = { first: new Flags() };
  @IsObject() free: object = {};
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'panotti-layers-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

async function load(files: Record<string, string>, environment: Environment = {}): Promise<Configuration> {
  await write(files);
  return loadConfiguration({ configDirectory: directory, dataDirectory: join(directory, 'data') }, environment);
}

const SETTINGS = ['denoiser', 'settings'];

/** The value, or the report with the folder left out. */
function settings(document: ConfigurationDocument): Settings | string[] {
  const { value, problems } = document.bind(Settings, SETTINGS);
  const all = [...document.problems, ...problems].map(describeProblem);
  return all.length === 0 && value ? value : [...new Set(all)].map((line) => line.replaceAll(`${directory}/`, ''));
}

const base =
  'denoiser:\n  settings:\n    mode: base\n    retryCount: 1\n    words: [x, y, z]\n    featureFlags: { level: 2 }\n';

describe('the layers', () => {
  it('go over one another in their order, and the last one wins', async () => {
    const files: Record<string, string> = { 'plugins.yaml': base };
    const steps: [string, string][] = [
      ['plugins.production.yaml', 'profile'],
      ['plugins.eu.yaml', 'second profile'],
      ['plugins/denoiser.yaml', 'own file'],
      ['plugins/denoiser.production.yaml', 'own file of the profile'],
      ['plugins/denoiser.eu.yaml', 'own file of the second profile'],
    ];
    const environment = { PANOTTI_PROFILE: 'production,eu' };
    const profiles = { 'panotti.production.yaml': '', 'panotti.eu.yaml': '' };
    expect(settings((await load({ ...files, ...profiles }, environment)).plugins)).toMatchObject({ mode: 'base' });
    for (const [name, mode] of steps) {
      const isOwn = name.startsWith('plugins/');
      const text = isOwn ? `settings: { mode: ${mode} }\n` : `denoiser: { settings: { mode: ${mode} } }\n`;
      expect(settings((await load({ [name]: text }, environment)).plugins)).toMatchObject({ mode, retryCount: 1 });
    }
    const variables = { ...environment, PANOTTI__PLUGINS__DENOISER__SETTINGS__MODE: 'variable' };
    const { plugins } = await load({}, variables);
    expect(settings(plugins)).toMatchObject({ mode: 'variable' });
    const atRunTime = plugins.withObject({
      label: '(run time)',
      value: { denoiser: { settings: { mode: 'run time' } } },
    });
    expect(settings(atRunTime)).toMatchObject({ mode: 'run time' });
  });

  it('read the files of no profile that is off', async () => {
    const { host, plugins } = await load({
      'plugins.yaml': base,
      'plugins.dev.yaml': '[broken',
      'panotti.dev.yaml': 'a: ${UNSET}',
    });
    expect([host.problems, settings(plugins)]).toMatchObject([[], { mode: 'base' }]);
  });

  it('go over one another key by key; a list is replaced, and null takes the default back', async () => {
    const upper =
      'denoiser:\n  settings:\n    words: [only]\n    retryCount: null\n    featureFlags: { caching: false }\n';
    const { plugins } = await load({ 'plugins.yaml': base, 'plugins.p.yaml': upper }, { PANOTTI_PROFILE: 'p' });
    expect(settings(plugins)).toMatchObject({
      mode: 'base',
      retryCount: 3,
      words: ['only'],
      featureFlags: { caching: false, level: 2 },
    });
  });

  it('say nothing about a map whose lines are all comments, and take it back where null is written', async () => {
    const commented = 'denoiser:\n  settings:\n    #mode: x\n';
    const { plugins } = await load({ 'plugins.yaml': base, 'plugins.p.yaml': commented }, { PANOTTI_PROFILE: 'p' });
    expect(settings(plugins)).toMatchObject({ mode: 'base', retryCount: 1 });
    const reset = await load({ 'plugins.p.yaml': 'denoiser:\n  settings: ~\n' }, { PANOTTI_PROFILE: 'p' });
    expect(settings(reset.plugins)).toEqual(new Settings());
  });

  it('tell what each of them says about a path, the one in effect first', async () => {
    const { plugins } = await load(
      { 'plugins.yaml': base, 'plugins/denoiser.yaml': 'settings:\n  mode: own\n' },
      { PANOTTI__PLUGINS__DENOISER__SETTINGS__RETRY_COUNT: '7' },
    );
    const document = plugins.withVariables(Settings, SETTINGS);
    const said = (key: string): string[] =>
      document.valuesAt([...SETTINGS, key]).map(({ layer, origin, node }) => {
        const value = node.kind === 'scalar' ? node.value : node.kind;
        return `${layer} ${origin.variable ?? `${origin.line}:${origin.column}`} ${value}`.replaceAll(
          `${directory}/`,
          '',
        );
      });

    expect(said('mode')).toEqual(['plugins/denoiser.yaml 2:9 own', 'plugins.yaml 3:11 base']);
    expect(said('retryCount')).toEqual([
      '(environment) PANOTTI__PLUGINS__DENOISER__SETTINGS__RETRY_COUNT 7',
      'plugins.yaml 4:17 1',
    ]);
    expect(said('nothing')).toEqual([]);
    expect(said('__proto__')).toEqual([]);
  });

  it('report what is wrong in each of them at once, also below what a higher one replaces', async () => {
    const { plugins } = await load(
      {
        'plugins.yaml': 'denoiser:\n  settings:\n    mode: ${UNSET}\n',
        'plugins.p.yaml': 'denoiser:\n  settings:\n    mode: a\n    mode: b\n    retryCount: many\n',
        'plugins/denoiser.yaml': 'settings:\n  featureFlags: { level: x }\n',
      },
      { PANOTTI_PROFILE: 'p', PANOTTI__PLUGINS__DENOISER__SETTINGS__WORDS: '' },
    );
    expect(settings(plugins).toString().split(',').length).toBeGreaterThan(4);
    expect(settings(plugins)).toEqual([
      'plugins.p.yaml:4:5  plugins.denoiser.settings.mode: is written twice; the first is in line 3',
      'plugins.yaml:3:11  plugins.denoiser.settings.mode: the environment variable UNSET is not set',
      '(environment):1:1  PANOTTI__PLUGINS__DENOISER__SETTINGS__WORDS: must be a list, separated by commas without blanks around them, or in JSON: ["a", "b"]; [] is the empty one',
      'plugins.p.yaml:5:17  plugins.denoiser.settings.retryCount: must be an integer number, but is a text',
      'plugins/denoiser.yaml:2:26  plugins.denoiser.settings.featureFlags.level: must be an integer number, but is a text',
    ]);
  });
});

describe('a profile', () => {
  const problemOf = async (PANOTTI_PROFILE: string): Promise<string[]> => {
    const files = { 'panotti.production.yaml': '', 'plugins.eu.yaml': '', 'plugins/denoiser.night.yaml': '' };
    return (await load(files, { PANOTTI_PROFILE })).host.problems.map(describeProblem);
  };

  it.each([
    ['prodution', 'there is no file for the profile "prodution"; did you mean "production"?'],
    ['zzzzzz', 'there is no file for the profile "zzzzzz"; known are eu, night, production'],
    ['eu,,night', 'must be names of profiles separated by commas: letters, digits, "-" and "_"'],
    ['../eu', 'must be names of profiles separated by commas: letters, digits, "-" and "_"'],
    ['eu,eu', 'names the profile "eu" twice'],
  ])('that cannot be meant is reported: %p', async (profile, message) => {
    expect(await problemOf(profile)).toEqual([`(environment):1:1  PANOTTI_PROFILE: ${message}`]);
  });

  it.each(['', 'eu', 'eu, night', 'production,night,eu'])('that has a file somewhere is fine: %p', async (profile) => {
    expect(await problemOf(profile)).toEqual([]);
  });
});

describe('the names of files', () => {
  it('that say nothing to the server are reported and not passed over', async () => {
    const { host } = await load({
      'panotti.yml': '',
      'plugins.yml': '',
      'plugins/a.yml': '',
      'plugins/a.b.c.yaml': '',
      'other.yml': '',
      'notes.txt': '',
      'plugins/readme.md': '',
    });
    expect(host.problems.map(describeProblem).map((line) => line.replaceAll(`${directory}/`, ''))).toEqual([
      'panotti.yml:1:1  (document): is not read: the name must end with .yaml',
      'plugins.yml:1:1  (document): is not read: the name must end with .yaml',
      'plugins/a.b.c.yaml:1:1  (document): is not read: between the dots stands the name of a profile, of letters, digits, "-" and "_"',
      'plugins/a.yml:1:1  (document): is not read: the name must end with .yaml',
    ]);
  });

  it('that reach into prototypes name no plugin', async () => {
    const { plugins } = await load({
      'plugins/__proto__.yaml': 'settings: { polluted: 1 }',
      'plugins/constructor.yaml': 'enabled: true',
    });
    expect(plugins.problems).toMatchObject([{ code: 'CONFIG_FILE' }, { code: 'CONFIG_FILE' }]);
    expect(plugins.keys([])).toEqual([]);
    expect(({} as Record<string, unknown>)['settings']).toBeUndefined();
  });

  it('of one plugin keep what is wrong in them to that plugin', async () => {
    const { plugins } = await load({ 'plugins.yaml': base, 'plugins/other.yaml': 'settings: [\n' });
    expect(plugins.problemsWithin(['other'])).toMatchObject([{ code: 'CONFIG_SYNTAX' }]);
    expect(plugins.problemsWithin(['denoiser'])).toEqual([]);
    expect(plugins.bind(Settings, SETTINGS).value).toMatchObject({ mode: 'base' });
  });
});

describe('variables', () => {
  const withVariables = async (
    variables: Record<string, string>,
    files: Record<string, string> = {},
  ): Promise<Settings | string[]> => {
    const named = Object.entries(variables).map(([key, text]) => [
      `PANOTTI__PLUGINS__DENOISER__SETTINGS__${key}`,
      text,
    ]);
    return settings((await load(files, Object.fromEntries(named) as Environment)).plugins);
  };
  const place = '(environment):1:1  PANOTTI__PLUGINS__DENOISER__SETTINGS__';

  it.each(['RETRY_COUNT', 'RETRYCOUNT', 'retryCount', 'retry_count'])(
    'find their option in any spelling: %s',
    async (key) => {
      expect(await withVariables({ [key]: '5' })).toMatchObject({ retryCount: 5 });
    },
  );

  it('reach nested classes and entries of maps that exist', async () => {
    const files = { 'plugins.yaml': 'denoiser: { settings: { named: { two-words: { level: 4 } } } }' };
    const variables = { FEATURE_FLAGS__LEVEL: '9', NAMED__FIRST__LEVEL: '8', NAMED__TWO_WORDS__CACHING: 'false' };
    expect(await withVariables(variables, files)).toMatchObject({
      featureFlags: { caching: true, level: 9 },
      named: { first: { level: 8 }, 'two-words': { level: 4, caching: false } },
    });
  });

  it('take maps and lists in JSON, under variables for their keys', async () => {
    const variables = {
      FEATURE_FLAGS: '{"caching":false}',
      FEATURE_FLAGS__LEVEL: '9',
      FREE: '{"a":[1,"${X}"]}',
      WORDS: '["a,b"]',
    };
    expect(await withVariables(variables)).toMatchObject({
      featureFlags: { caching: false, level: 9 },
      free: { a: [1, '${X}'] },
      words: ['a,b'],
    });
  });

  it('are reported when they set nothing', async () => {
    expect(
      await withVariables({ RETRY_CUONT: '5', COLOUR: 'red', FREE__KEY: '1', NAMED__OTHER__LEVEL: '1', WORDS__0: 'a' }),
    ).toEqual([
      `${place}COLOUR: sets nothing; known there are FEATURE_FLAGS, FREE, MODE, NAMED, RETRY_COUNT, WORDS`,
      `${place}FREE__KEY: goes deeper than the option free; set it as a whole: PANOTTI__PLUGINS__DENOISER__SETTINGS__FREE`,
      `${place}NAMED__OTHER__LEVEL: sets nothing; known there are FIRST`,
      `${place}RETRY_CUONT: sets nothing; did you mean PANOTTI__PLUGINS__DENOISER__SETTINGS__RETRY_COUNT?`,
      `${place}WORDS__0: goes deeper than the option words; set it as a whole: PANOTTI__PLUGINS__DENOISER__SETTINGS__WORDS`,
    ]);
  });

  it('are reported when two of them set the same, or one may mean two options', async () => {
    class Twins {
      @IsInt() maxNotes = 1;
      @IsInt() max_notes = 1;
    }
    expect(await withVariables({ RETRY_COUNT: '5', RETRYCOUNT: '5' })).toEqual([
      `${place}RETRY_COUNT: sets the same as PANOTTI__PLUGINS__DENOISER__SETTINGS__RETRYCOUNT; unset one of them`,
    ]);
    const { plugins } = await load({}, { PANOTTI__PLUGINS__T__SETTINGS__MAX_NOTES: '5' });
    expect(plugins.bind(Twins, ['t', 'settings']).problems.map(({ message }) => message)).toEqual([
      'may mean maxNotes or max_notes; write the one that is meant in a file',
    ]);
  });

  it('are named when their value is out of range', async () => {
    expect(await withVariables({ RETRY_COUNT: '101' })).toEqual([`${place}RETRY_COUNT: must not be greater than 100`]);
  });

  it('do not hide a section that has the wrong shape in a file', async () => {
    expect(
      await withVariables(
        { FEATURE_FLAGS__LEVEL: '5' },
        { 'plugins.yaml': 'denoiser: { settings: { featureFlags: [1] } }' },
      ),
    ).toEqual(['plugins.yaml:1:39  plugins.denoiser.settings.featureFlags: must be a map, but is a list']);
  });

  it('refuse in JSON what YAML files refuse', async () => {
    expect(await withVariables({ FREE: '{"__proto__":{"polluted":1}}' })).toMatchObject([
      expect.stringContaining('never allowed'),
    ]);
    expect(await withVariables({ FREE: '{"a":1,"a":2}' })).toMatchObject([expect.stringContaining('written twice')]);
    expect(await withVariables({ FREE: '{"a":12345678901234567890}' })).toMatchObject([
      expect.stringContaining('too large'),
    ]);
    expect(await withVariables({ FREE: '{a: 1}' })).toMatchObject([expect.stringContaining('must be a map in JSON')]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('set options of the server, and PORT goes under them', async () => {
    class Http {
      @IsInt() port = 3000;
    }
    class Server {
      @Nested(() => Http) http = new Http();
    }
    const { host } = await load({}, { PORT: '1', PANOTTI__HTTP__PORT: '2' });
    expect(host.bind(Server, []).value).toEqual({ http: { port: 2 } });
    expect(
      host
        .withVariables(Server, [])
        .valuesAt(['http', 'port'])
        .map(({ origin }) => origin.variable),
    ).toEqual(['PANOTTI__HTTP__PORT', 'PORT']);
    const { host: wrong } = await load({}, { PANOTTI__HTPP__PORT: '2', panotti__http__port: '3', PANOTTI__: '4' });
    expect(wrong.bind(Server, []).problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'PANOTTI__ sets nothing; known there are HTTP',
      'PANOTTI__HTPP__PORT sets nothing; did you mean PANOTTI__HTTP__PORT?',
      'panotti__http__port sets nothing; known there are HTTP',
    ]);
  });
});
