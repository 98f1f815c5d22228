/** Binds what `plugins.yaml` says to the plugins that were found, and says where the two do not fit together. */
import { validRange } from 'semver';
import { nearestWord } from '../common/index.js';
import { describeProblem, type Bound, type ConfigurationDocument, type ConfigurationProblem } from '../config/index.js';
import type { PluginManifest } from '../plugin/index.js';
import type { PluginProblem } from './plugin-problem.js';
import { PluginSection } from './plugin-section.js';
import { isInRange } from './version-range.js';

export interface BoundPlugin {
  /** Without its settings: secrets stand there in the open, and all that is of use is in `configuration`. */
  readonly section: PluginSection;
  /** The validated, frozen instance of the plugin's config class; `undefined` where it has none, is disabled, or has problems. */
  readonly configuration: object | undefined;
  readonly problems: readonly PluginProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}

/** The section and the settings of one plugin. Those of a disabled plugin are not validated. */
export function bindPlugin(document: ConfigurationDocument, manifest: PluginManifest): BoundPlugin {
  const { name } = manifest;
  if (document.valueAt([name, 'enabled']) === false)
    return { section: disabledSection(), configuration: undefined, problems: [], warnings: [] };
  const section = document.bind(PluginSection, [name]);
  const settings = bindSettings(document, manifest);
  const problems = withoutRepetitions([
    ...documentProblems(document, name),
    ...section.problems,
    ...versionProblems(document, manifest),
    ...settings.problems,
  ]);
  return {
    section: withoutSettings(section.value ?? new PluginSection()),
    configuration: problems.length === 0 ? settings.value : undefined,
    problems: problems.length === 0 ? [] : [invalidConfiguration(name, problems)],
    warnings: settings.warnings,
  };
}

/**
 * Sections that belong to no plugin.
 *
 * @param unloaded what could not be loaded, by the name that it probably has: its section is not the problem
 */
export function unknownSections(document: ConfigurationDocument, known: readonly string[], unloaded: ReadonlySet<string>): PluginProblem[] {
  const unknown = document.keys([]).filter((name) => !known.includes(name) && !unloaded.has(name));
  return unknown.map((name) => {
    const meant = nearestWord(name, known);
    const message = `no plugin has this name${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
    const configuration = [document.problemAt([name], message, 'key'), ...documentProblems(document, name)];
    return {
      code: 'PLUGIN_UNKNOWN',
      plugin: name,
      message: `The configuration has a section for a plugin that was not found:\n${lines(configuration)}`,
      fix: 'Correct the name, install the plugin, or remove the section. `panotti plugins list` shows which plugins there are.',
      configuration,
    };
  });
}

/** What is wrong with the document outside of any plugin's section, so that none of it can be trusted: its syntax. */
export function unattributedProblems(document: ConfigurationDocument): ConfigurationProblem[] {
  const attributed = new Set(document.keys([]).flatMap((name) => documentProblems(document, name)));
  return document.problems.filter((problem) => !attributed.has(problem));
}

function bindSettings(document: ConfigurationDocument, { name, config }: PluginManifest): Bound<object> {
  const path = [name, 'settings'];
  const given = document.valueAt(path);
  // Anything but a map is a problem of the section, which is reported already; `null` is a section whose lines are all comments.
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given)))
    return { value: undefined, problems: [], warnings: [] };
  if (config) return document.bind(config, path);
  const problems = document.keys(path).length === 0 ? [] : [document.problemAt(path, 'this plugin takes no settings', 'key')];
  return { value: undefined, problems, warnings: [] };
}

/** Reads the range itself, and not from the bound section: that one is missing when another of its keys is wrong. */
function versionProblems(document: ConfigurationDocument, { name, version }: PluginManifest): ConfigurationProblem[] {
  const range = document.valueAt([name, 'version']);
  if (typeof range !== 'string' || validRange(range) === null || isInRange(version, range)) return [];
  return [document.problemAt([name, 'version'], `these settings are written for ${range}, but ${version} was found`, 'value')];
}

/** What the document found wrong, while it was read, in the section of one plugin: a variable that is not set, a key given twice. */
function documentProblems(document: ConfigurationDocument, name: string): ConfigurationProblem[] {
  return document.problems.filter(({ path }) => {
    const local = path.startsWith('plugins.') ? path.slice('plugins.'.length) : path;
    return local === name || local.startsWith(`${name}.`) || local.startsWith(`${name}[`);
  });
}

function invalidConfiguration(name: string, configuration: readonly ConfigurationProblem[]): PluginProblem {
  return {
    code: 'PLUGIN_CONFIGURATION_INVALID',
    plugin: name,
    message: `The configuration of plugin "${name}" is wrong:\n${lines(configuration)}`,
    fix: 'Correct the places named above.',
    configuration,
  };
}

function lines(configuration: readonly ConfigurationProblem[]): string {
  return configuration.map((problem) => `  ${describeProblem(problem)}`).join('\n');
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
