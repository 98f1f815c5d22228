import { IsArray, IsBoolean, IsInt, IsString, Max, Min } from 'class-validator';
import {
  ConfigurationDocument,
  ConfigurationError,
  IsByteSize,
  IsDuration,
  Nested,
  type ConfigurationProblem,
} from '../../../../src/config/index.js';
import { bindPlugin, unknownSections } from '../../../../src/host/plugin-configuration.js';
import { Plugin, readManifest, type PluginManifest } from '../../../../src/plugin/index.js';

class FeatureFlags {
  @IsBoolean() enableCaching = false;
  @IsInt() @Min(1) level = 1;
}

class Settings {
  @IsString() outputDirectory = 'cleaned';
  @IsInt() @Min(1) @Max(600) timeout = 30;
  @IsInt() @Min(0) retryCount = 3;
  @IsArray() @IsString({ each: true }) languages: string[] = [];
  @IsString() model!: string;
  @Nested(() => FeatureFlags) featureFlags = new FeatureFlags();
}

class Sized extends Settings {
  @IsByteSize() size = 1;
}

/** The whole report for the section `denoiser` of a file, as an operator reads it. */
function report(text: string, extra: (document: ConfigurationDocument) => ConfigurationProblem[] = () => []): string[] {
  const document = ConfigurationDocument.parse({ file: 'plugins.yaml', text, environment: {}, pathPrefix: 'plugins' });
  const { problems } = document.bind(Settings, ['denoiser', 'settings']);
  const error = new ConfigurationError([...document.problems, ...problems, ...extra(document)]);
  const lines = error.message.split('\n').slice(1, -1);
  return lines.filter((line) => !line.startsWith('    Fix: '));
}

describe('the report for a typical mistake', () => {
  it('says that a tab is no indentation, and where it is', () => {
    expect(report('denoiser:\n  settings:\n\tmodel: a\n')).toEqual([
      '  plugins.yaml:3:1  (yaml): a tab is used as indentation; use spaces',
    ]);
  });

  it('points at the line whose indentation does not fit', () => {
    expect(report('denoiser:\n  settings:\n    model: a\n   timeout: 3\n')).toEqual([
      '  plugins.yaml:4:1  (yaml): the indentation does not fit the lines above, or a bracket is not closed; keys of one map begin in the same column',
    ]);
  });

  it('suggests the key that a misspelt one was meant to be, and lists the known ones where none is near', () => {
    expect(report('denoiser:\n  settings:\n    model: a\n    retry_cuont: 2\n    colour: red\n')).toEqual([
      '  plugins.yaml:4:5  plugins.denoiser.settings.retry_cuont: is unknown; did you mean "retryCount"?',
      '  plugins.yaml:5:5  plugins.denoiser.settings.colour: is unknown; known are featureFlags, languages, model, outputDirectory, retryCount, timeout',
    ]);
  });

  it.each<[string, string, string, string]>([
    [
      'a setting of a section',
      'enableCaching: true',
      'enableCaching: is unknown here; it is a setting of "featureFlags"',
      'featureFlags.enableCaching',
    ],
    [
      'a path in one key',
      'featureFlags.level: 2',
      '["featureFlags.level"]: is one key with dots in it, and not a path',
      '"featureFlags:", below it "level:"',
    ],
    [
      'a size with decimal places',
      'size: 1.5',
      'size: must be a number of bytes or a text such as 500kB, 10MB or 1MiB; a number of bytes has no decimal places',
      'Write a value',
    ],
  ])('says where %s belongs', (_title, line, words, fix) => {
    const document = ConfigurationDocument.parse({
      file: 'plugins.yaml',
      text: `denoiser:\n  settings:\n    model: a\n    ${line}\n`,
      environment: {},
    });
    const { problems } = document.bind(Sized, ['denoiser', 'settings']);

    expect(problems).toHaveLength(1);
    expect(`${problems[0]?.path}: ${problems[0]?.message}`).toContain(words);
    expect(problems[0]?.fix).toContain(fix);
  });

  it('does not turn a number in quotes, or a truth value in quotes, into one', () => {
    expect(
      report('denoiser:\n  settings:\n    model: a\n    timeout: "5"\n    featureFlags: { enableCaching: "false" }\n'),
    ).toEqual([
      '  plugins.yaml:4:14  plugins.denoiser.settings.timeout: must be an integer number, but is a text: remove the quotes',
      '  plugins.yaml:5:36  plugins.denoiser.settings.featureFlags.enableCaching: must be a boolean value, but is a text: remove the quotes',
    ]);
  });

  it('names a variable that is not set, and says nothing else about its value', () => {
    expect(report('denoiser:\n  settings:\n    model: ${MODEL}\n    timeout: ${PLUGIN_TIMEOUT:-0}\n')).toEqual([
      '  plugins.yaml:3:12  plugins.denoiser.settings.model: the environment variable MODEL is not set',
      '  plugins.yaml:4:14  plugins.denoiser.settings.timeout: must not be less than 1',
    ]);
  });

  it('shows both places of a key that is written twice', () => {
    expect(report('denoiser:\n  settings:\n    model: a\n    timeout: 1\n    model: b\n')).toEqual([
      '  plugins.yaml:5:5  plugins.denoiser.settings.model: is written twice; the first is in line 3',
    ]);
  });

  it('says what is needed where a list stands for a map, a map for a list, and one value for a list', () => {
    expect(
      report('denoiser:\n  settings:\n    model: [a]\n    featureFlags:\n      - enableCaching\n    languages: de\n'),
    ).toEqual([
      '  plugins.yaml:3:12  plugins.denoiser.settings.model: must be a string, but is a list',
      '  plugins.yaml:5:7  plugins.denoiser.settings.featureFlags: must be a map, but is a list',
      '  plugins.yaml:6:16  plugins.denoiser.settings.languages: must be a list, but is a text',
    ]);
    expect(report('denoiser:\n  settings: []\n')).toEqual([
      '  plugins.yaml:2:13  plugins.denoiser.settings: must be a map, but is a list',
    ]);
  });

  it('points at a value that is out of range, nested ones included', () => {
    expect(report('denoiser:\n  settings:\n    model: a\n    timeout: 0\n    featureFlags: { level: 0 }\n')).toEqual([
      '  plugins.yaml:4:14  plugins.denoiser.settings.timeout: must not be less than 1',
      '  plugins.yaml:5:28  plugins.denoiser.settings.featureFlags.level: must not be less than 1',
    ]);
  });

  it('points at the nearest place that exists when a setting without a default is missing', () => {
    const missing = 'plugins.denoiser.settings.model: is missing: must be a string';
    expect(report('denoiser:\n  settings:\n    timeout: 5\n')).toEqual([`  plugins.yaml:2:3  ${missing}`]);
    expect(report('\ndenoiser:\n  enabled: true\n')).toEqual([`  plugins.yaml:2:1  ${missing}`]);
    expect(report('denoiser:\n  settings:\n    model:\n')).toEqual([`  plugins.yaml:3:5  ${missing}`]);
    expect(report('')).toEqual([`  plugins.yaml:1:1  ${missing}`]);
  });

  it('gives other rooms the places for what only they can find: a plugin that does not exist, a version that does not fit', () => {
    const text = 'denoiser:\n  version: ^2.0.0\n  settings: { model: a }\ndenoisser: {}\n';
    const found = report(text, (document) => [
      document.problemAt(['denoiser', 'version'], 'version 1.0.0 was found'),
      document.problemAt(['denoisser'], 'there is no such plugin', 'key'),
    ]);

    expect(found).toEqual([
      '  plugins.yaml:2:12  plugins.denoiser.version: version 1.0.0 was found',
      '  plugins.yaml:4:1  plugins.denoisser: there is no such plugin',
    ]);
  });

  it('reports mistakes of every kind at once, in the order of the file', () => {
    const text = [
      'denoiser:',
      '  settings:',
      '    timeout: 900',
      '    outputDirectory: ${OUT}',
      '    timeout: 5',
      '    retrys: 1',
      '    featureFlags: { level: high, cache: true }',
    ].join('\n');

    expect(report(text)).toEqual([
      '  plugins.yaml:2:3  plugins.denoiser.settings.model: is missing: must be a string',
      '  plugins.yaml:4:22  plugins.denoiser.settings.outputDirectory: the environment variable OUT is not set',
      '  plugins.yaml:5:5  plugins.denoiser.settings.timeout: is written twice; the first is in line 3',
      '  plugins.yaml:6:5  plugins.denoiser.settings.retrys: is unknown; known are featureFlags, languages, model, outputDirectory, retryCount, timeout',
      '  plugins.yaml:7:28  plugins.denoiser.settings.featureFlags.level: must be an integer number, but is a text',
      '  plugins.yaml:7:34  plugins.denoiser.settings.featureFlags.cache: is unknown; known are enableCaching, level',
    ]);
  });
});

describe('the report about a plugin for a typical mistake', () => {
  class DenoiserConfig {
    @IsDuration({ max: '10m' }) timeout = 30;
  }

  @Plugin({ name: 'denoiser', version: '1.2.0', config: DenoiserConfig })
  class Denoiser {}

  const manifest = readManifest(Denoiser) as PluginManifest;
  const parsed = (text: string): ConfigurationDocument =>
    ConfigurationDocument.parse({ file: 'plugins.yaml', text, environment: {}, pathPrefix: 'plugins' });

  it('suggests the plugin that a misspelt one was meant to be', () => {
    expect(
      unknownSections(parsed('denoisser:\n  settings: { timeout: 5 }\n'), ['denoiser', 'mail'], new Set()).map(
        ({ message }) => message,
      ),
    ).toEqual([
      'The configuration has a section for a plugin that was not found:\n  plugins.yaml:1:1  plugins.denoisser: no plugin has this name; did you mean "denoiser"?\n    Fix: Correct the name, or remove it.',
    ]);
  });

  it('names both versions where settings are written for another one', () => {
    expect(
      bindPlugin(parsed('denoiser:\n  version: ^2.0.0\n'), manifest).problems.map(({ message }) => message),
    ).toEqual([
      'The configuration of plugin "denoiser" is wrong:\n  plugins.yaml:2:12  plugins.denoiser.version: these settings are written for ^2.0.0, but 1.2.0 was found\n    Fix: Correct the settings for 1.2.0 and write it here, or install a version that fits.',
    ]);
  });

  it('says how a duration is written', () => {
    expect(
      bindPlugin(parsed('denoiser:\n  settings: { timeout: 5 minutes }\n'), manifest).problems.map(
        ({ message }) => message,
      ),
    ).toEqual([
      'The configuration of plugin "denoiser" is wrong:\n  plugins.yaml:2:24  plugins.denoiser.settings.timeout: must be a number of seconds or a text such as 250ms, 30s, 5m or 1h30m; this text has another form: write each number with one of d, h, m, s, ms directly after it, the longest unit first\n    Fix: Write a value of the type that is asked for.',
    ]);
  });
});
