/** Binds what `plugins.yaml` says to the plugins that were found, and says where the two do not fit together. */
import { validRange } from 'semver';
import { nearestWord } from '../common/index.js';
import {
  describeProblem,
  describeProblems,
  flattened,
  isForAnchors,
  settingsOf,
  type Bound,
  type ConfigurationDocument,
  type ConfigurationProblem,
} from '../config/index.js';
import type { PluginManifest } from '../plugin/index.js';
import type { PluginProblem } from './plugin-problem.js';
import { PluginSection } from './plugin-section.js';
import { isInRange } from './version-range.js';

/** The key below which plugins stand in reports, and in the files of other servers. */
const WRAPPER = 'plugins';
const WRAPPED =
  'is no plugin; in plugins.yaml the names of plugins stand at the beginning of the line, with nothing around them';
const UNWRAP = {
  code: 'CONFIG_UNKNOWN_KEY',
  fix: 'Remove this line, and the blanks by which those below it are indented.',
} as const;

/** The sections of panotti.yaml, but for `plugins`, which has words of its own. */
export const SERVER_SECTIONS: ReadonlySet<string> = new Set([
  'config',
  'events',
  'health',
  'http',
  'lifecycle',
  'state',
  'storage',
  'telemetry',
]);
const OF_THE_SERVER = {
  code: 'CONFIG_UNKNOWN_KEY',
  message: 'no plugin has this name; it is a section of panotti.yaml',
  fix: 'Move it to panotti.yaml.',
} as const;

export interface BoundPlugin {
  /** Without its settings: secrets stand there in the open, and all that is of use is in `configuration`. */
  readonly section: PluginSection;
  /** The validated, frozen instance of the plugin's config class; `undefined` where it has none, is disabled, or has problems. */
  readonly configuration: object | undefined;
  readonly problems: readonly PluginProblem[];
  /** What works, and should be written otherwise. */
  readonly warnings: readonly ConfigurationProblem[];
}

/** The section and the settings of one plugin. Those of a disabled plugin are not validated. */
export function bindPlugin(files: ConfigurationDocument, manifest: PluginManifest): BoundPlugin {
  const { name } = manifest;
  const document = files.withVariables(PluginSection, [name], ['settings']);
  if (document.valueAt([name, 'enabled']) === false)
    return { section: disabledSection(), configuration: undefined, problems: [], warnings: [] };
  const section = withMisplaced(bindSection(document, name), document, manifest);
  const settings = withSectionKeys(bindSettings(document, manifest), document, manifest);
  const problems = withoutRepetitions([
    ...document.problemsWithin([name]),
    ...section.problems,
    ...versionProblems(document, manifest),
    ...settings.problems,
  ]);
  return {
    section: withoutSettings(section.value ?? new PluginSection()),
    configuration: problems.length === 0 ? settings.value : undefined,
    problems: problems.length === 0 ? [] : [invalidConfiguration(name, problems)],
    warnings: [...section.warnings, ...settings.warnings],
  };
}

/** A setting of the plugin that is written beside `settings` gets a problem that says so. */
function withMisplaced(
  bound: Bound<PluginSection>,
  document: ConfigurationDocument,
  { name, config }: PluginManifest,
): Bound<PluginSection> {
  if (config === undefined || bound.problems.length === 0) return bound;
  const own = settingsOf(PluginSection);
  const misplaced = document.keys([name]).filter((key) => !own.has(key) && settingsOf(config).has(key));
  const better = misplaced.map((key) => {
    const details = {
      code: 'CONFIG_UNKNOWN_KEY',
      fix: `Move it below settings: plugins.${name}.settings.${key}.`,
      suggestion: `settings.${key}`,
    } as const;
    return document.problemAt(
      [name, key],
      'is a setting of the plugin and stands beside settings, not below it',
      'key',
      details,
    );
  });
  const paths = new Set(better.map(({ path }) => path));
  const others = bound.problems.filter(({ code, path }) => code !== 'CONFIG_UNKNOWN_KEY' || !paths.has(path));
  return { ...bound, problems: [...others, ...better] };
}

/** An option of the section that is written among the settings gets a problem that says so. */
function withSectionKeys(
  bound: Bound<object>,
  document: ConfigurationDocument,
  { name }: PluginManifest,
): Bound<object> {
  const path = [name, 'settings'];
  const own = settingsOf(PluginSection);
  const misplaced = bound.problems.length === 0 ? [] : document.keys(path).filter((key) => own.has(key));
  const better = misplaced.map((key) => {
    const details = { code: 'CONFIG_UNKNOWN_KEY', fix: `Move it beside settings: plugins.${name}.${key}.` } as const;
    return document.problemAt(
      [...path, key],
      'is no setting of the plugin; it stands beside settings, not below it',
      'key',
      details,
    );
  });
  const byPath = new Map(better.map((problem) => [problem.path, problem]));
  const worded = (problem: ConfigurationProblem): ConfigurationProblem =>
    (problem.code === 'CONFIG_UNKNOWN_KEY' && byPath.get(problem.path)) || problem;
  return { ...bound, problems: bound.problems.map(worded) };
}

/** The section of what could not be loaded. Its settings are not looked at: nobody knows what it takes. */
export function bindUnloaded(
  files: ConfigurationDocument,
  name: string,
): Pick<BoundPlugin, 'section' | 'problems' | 'warnings'> {
  const document = files.withVariables(PluginSection, [name], ['settings']);
  if (document.valueAt([name, 'enabled']) === false) return { section: disabledSection(), problems: [], warnings: [] };
  const section = bindSection(document, name);
  const problems = withoutRepetitions([...document.problemsWithin([name]), ...section.problems]);
  return {
    section: withoutSettings(section.value ?? new PluginSection()),
    problems: problems.length === 0 ? [] : [invalidConfiguration(name, problems)],
    warnings: section.warnings,
  };
}

/** Most sections hold settings and nothing else, or nothing at all. */
function bindSection(document: ConfigurationDocument, name: string): Bound<PluginSection> {
  const keys = document.keys([name]);
  const node = document.nodeAt([name]);
  const isPlain =
    node === undefined ||
    (node.kind === 'map' && keys.every((key) => key === 'settings') && node.entries.size === keys.length);
  const settings = document.nodeAt([name, 'settings']);
  if (isPlain && (settings === undefined || settings.kind === 'map'))
    return { value: new PluginSection(), problems: [], warnings: [] };
  return document.bind(PluginSection, [name], ['settings']);
}

/**
 * Sections that belong to no plugin.
 *
 * @param unloaded what could not be loaded, by the name that it probably has: its section is not the problem
 */
export function unknownSections(
  document: ConfigurationDocument,
  known: readonly string[],
  unloaded: ReadonlySet<string>,
): PluginProblem[] {
  const knownKeys = [...known].sort();
  const isKnown = new Set([...known, ...unloaded]);
  const sections = document.keys([]).filter((name) => !isKnown.has(name) && !isForAnchors(name));
  const variables = document.unknownVariables([...isKnown]);
  return [
    ...sections.map((name) => {
      if (name === WRAPPER) return unknownPlugin(name, [document.problemAt([name], WRAPPED, 'key', UNWRAP)]);
      const misplaced = SERVER_SECTIONS.has(name)
        ? OF_THE_SERVER
        : name.includes('.')
          ? flattened(nameParts(name))
          : undefined;
      if (misplaced) return unknownPlugin(name, [document.problemAt([name], misplaced.message, 'key', misplaced)]);
      const suggestion = nearestWord(name, known);
      const message = `no plugin has this name${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
      const details = { code: 'CONFIG_UNKNOWN_KEY', knownKeys, suggestion } as const;
      return unknownPlugin(name, [
        document.problemAt([name], message, 'key', details),
        ...document.problemsWithin([name]),
      ]);
    }),
    ...variables.map((problem) => unknownPlugin(undefined, [problem])),
  ];
}

/** `plugins.mail.settings.limit` as its parts, without the file that they are in. */
function nameParts(name: string): string[] {
  const parts = name.split('.');
  return parts[0] === WRAPPER ? parts.slice(1) : parts;
}

function unknownPlugin(plugin: string | undefined, configuration: readonly ConfigurationProblem[]): PluginProblem {
  return {
    code: 'PLUGIN_UNKNOWN',
    plugin,
    message: `The configuration has a section for a plugin that was not found:\n${describeProblems(configuration)}`,
    fix: 'Correct the name, install the plugin, or remove the section. `panotti plugins list` shows which plugins there are.',
    configuration,
  };
}

/** What is wrong with the document outside of any plugin's section, so that none of it can be trusted: its syntax. */
export function unattributedProblems(document: ConfigurationDocument): ConfigurationProblem[] {
  if (document.problems.length === 0) return [];
  const attributed = new Set(document.keys([]).flatMap((name) => document.problemsWithin([name]).map(describeProblem)));
  return document.problems.filter((problem) => !attributed.has(describeProblem(problem)));
}

function bindSettings(document: ConfigurationDocument, { name, config }: PluginManifest): Bound<object> {
  const path = [name, 'settings'];
  const node = document.nodeAt(path);
  // Anything but a map is a problem of the section, which is reported already; `null` is a section whose lines are all comments.
  if (node?.kind === 'list' || (node?.kind === 'scalar' && node.value !== null))
    return { value: undefined, problems: [], warnings: [] };
  if (config) return document.bind(config, path);
  const details = { code: 'CONFIG_UNKNOWN_KEY', fix: 'Remove the settings.' } as const;
  const problems =
    document.keys(path).length === 0 ? [] : [document.problemAt(path, 'this plugin takes no settings', 'key', details)];
  return { value: undefined, problems: [...problems, ...document.unknownVariables([], path)], warnings: [] };
}

/** Reads the range itself, and not from the bound section: that one is missing when another of its keys is wrong. */
function versionProblems(document: ConfigurationDocument, { name, version }: PluginManifest): ConfigurationProblem[] {
  const range = document.valueAt([name, 'version']);
  if (typeof range !== 'string' || validRange(range) === null || isInRange(version, range)) return [];
  const details = { fix: `Correct the settings for ${version} and write it here, or install a version that fits.` };
  return [
    document.problemAt(
      [name, 'version'],
      `these settings are written for ${range}, but ${version} was found`,
      'value',
      details,
    ),
  ];
}

function invalidConfiguration(name: string, configuration: readonly ConfigurationProblem[]): PluginProblem {
  return {
    code: 'PLUGIN_CONFIGURATION_INVALID',
    plugin: name,
    message: `The configuration of plugin "${name}" is wrong:\n${describeProblems(configuration)}`,
    fix: 'Correct the places named above.',
    configuration,
  };
}

function withoutRepetitions(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [describeProblem(problem), problem])).values()];
}

function withoutSettings(section: PluginSection): PluginSection {
  return Object.freeze(Object.assign(new PluginSection(), section, { settings: undefined }));
}

function disabledSection(): PluginSection {
  return Object.freeze(Object.assign(new PluginSection(), { enabled: false }));
}
