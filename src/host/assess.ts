/** What each plugin that was found, or should have been, is under a configuration. */
import type { ConfigurationDocument } from '../config/index.js';
import { classesWithoutTypes, PLUGIN_NAME, type PluginManifest } from '../plugin/index.js';
import type { DiscoveredPlugin, Discovery, UnloadedPlugin } from './discovery/discovered-plugin.js';
import { NOT_LOADED, standInManifest } from './discovery/unloaded-plugin.js';
import { DependencyGraph, type GraphNode } from './graph/dependency-graph.js';
import { describeGraphProblem, type SharedProblem } from './graph/graph-problem.js';
import type { PluginEntry, PluginEntryStatus } from './plugin-catalog.js';
import { bindPlugin, bindUnloaded, unknownSections, type BoundPlugin } from './plugin-configuration.js';
import type { PluginProblem } from './plugin-problem.js';
import { unmetRequirements, type MachineFacts } from './requirements.js';

export interface Assessment {
  readonly entries: readonly PluginEntry[];
  /** Those of no plugin's own. */
  readonly problems: readonly PluginProblem[];
  /** A node for each entry, with all that it depends on. */
  readonly nodes: readonly GraphNode[];
}

/** All plugins with their own problems. What could not be loaded, and what is required and was not found, is `invalid`. */
export function assess(discovery: Discovery, document: ConfigurationDocument, facts: MachineFacts): Assessment {
  const bound = new Map(discovery.plugins.map(({ manifest }) => [manifest.name, bindPlugin(document, manifest)]));
  const unknown = unknownSections(document, ...knownNames(discovery));
  const unloaded = [...discovery.unloaded, ...requiredAndAbsent(unknown, document)];
  const absent = unloaded.map(({ name }) => absentNode(name));
  const shared = problemsBetween(discovery, absent, (name) => bound.get(name)?.section.enabled !== false);
  const entries = discovery.plugins.map((plugin) => {
    const own = bindingOf(bound, plugin.manifest.name);
    const between = shared
      .filter(({ plugins }) => plugins.includes(plugin.manifest.name))
      .map(({ problem }) => problem);
    return entryOf(
      plugin,
      own,
      between,
      own.section.enabled ? unmetRequirements(plugin.manifest, facts, own.configuration, own.section.required) : [],
    );
  });
  return {
    entries: [...entries, ...unloaded.map((one) => unloadedEntry(one, document))],
    problems: unknown,
    nodes: [...discovery.plugins.map(({ manifest }) => nodeOf(manifest)), ...absent],
  };
}

function knownNames({ plugins, unloaded }: Discovery): [known: string[], unloaded: ReadonlySet<string>] {
  const known = [...plugins.map(({ manifest }) => manifest.name), ...unloaded.map(({ name }) => name)];
  return [known, new Set(unloaded.map(({ label }) => label))];
}

/** A section that says `required: true` is a promise about the server, also where nobody knows the plugin. */
function requiredAndAbsent(unknown: readonly PluginProblem[], document: ConfigurationDocument): UnloadedPlugin[] {
  return unknown.flatMap((problem) => {
    const { plugin: name } = problem;
    const isRequired = name !== undefined && PLUGIN_NAME.test(name) && document.valueAt([name, 'required']) === true;
    const isEnabled = document.valueAt([name ?? '', 'enabled']) !== false;
    return isRequired && isEnabled ? [{ name, label: name, origin: { kind: 'none', location: '' }, problem }] : [];
  });
}

function entryOf(
  { manifest, pluginClass, origin }: DiscoveredPlugin,
  { section, configuration, problems, warnings }: BoundPlugin,
  between: readonly PluginProblem[],
  unmet: readonly PluginProblem[],
): PluginEntry {
  const wrong = [...between, ...(section.enabled ? untyped(manifest.name, pluginClass) : []), ...problems];
  const status = statusOf(section.enabled, wrong, unmet);
  return {
    name: manifest.name,
    isLoaded: true,
    manifest,
    pluginClass,
    origin,
    status,
    problems: [...wrong, ...unmet],
    configuration: status === 'startable' ? configuration : undefined,
    section,
    warnings,
  };
}

/** Nest would inject `undefined`, and the plugin fail where it uses that. */
function untyped(plugin: string, pluginClass: DiscoveredPlugin['pluginClass']): PluginProblem[] {
  const classes = classesWithoutTypes(pluginClass);
  if (classes.length === 0) return [];
  return [
    {
      code: 'PLUGIN_METADATA_MISSING',
      plugin,
      message: `Plugin "${plugin}" is compiled without the types of its constructors, so that nothing can be injected into ${classes.join(', ')}.`,
      fix:
        'Compile it with swc (decoratorMetadata: true) or with tsc (emitDecoratorMetadata: true): tsx, esbuild and the type stripping of Node ' +
        'cannot do it. Or write @Inject(Class) before each parameter.',
    },
  ];
}

function unloadedEntry({ name, origin, problem }: UnloadedPlugin, document: ConfigurationDocument): PluginEntry {
  const { section, problems, warnings } = bindUnloaded(document, name);
  return {
    name,
    isLoaded: false,
    manifest: standInManifest(name),
    pluginClass: NOT_LOADED,
    origin,
    status: section.enabled ? 'invalid' : 'disabled',
    problems: section.enabled ? [problem, ...problems] : [],
    configuration: undefined,
    section,
    warnings,
  };
}

function statusOf(
  isEnabled: boolean,
  wrong: readonly PluginProblem[],
  unmet: readonly PluginProblem[],
): PluginEntryStatus {
  if (!isEnabled) return 'disabled';
  if (wrong.length > 0) return 'invalid';
  return unmet.length > 0 ? 'blocked' : 'startable';
}

/** The problems of the graph in which disabled plugins are present and need nothing, because they do not start. */
function problemsBetween(
  { plugins, unloaded }: Discovery,
  absent: readonly GraphNode[],
  isEnabled: (name: string) => boolean,
): SharedProblem[] {
  const nodes = plugins.map(({ manifest }) =>
    isEnabled(manifest.name) ? nodeOf(manifest) : withoutDependencies(manifest),
  );
  const names = new Set(unloaded.flatMap(({ name, label }) => [name, label]));
  return new DependencyGraph([...nodes, ...absent]).problems().map((problem) => describeGraphProblem(problem, names));
}

function nodeOf({ name, version, dependencies, optionalDependencies }: PluginManifest): GraphNode {
  return { name, version, dependencies, optionalDependencies };
}

function withoutDependencies({ name, version }: PluginManifest): GraphNode {
  return { name, version, dependencies: {}, optionalDependencies: {} };
}

function absentNode(name: string): GraphNode {
  return { name, version: undefined, dependencies: {}, optionalDependencies: {} };
}

function bindingOf(bound: ReadonlyMap<string, BoundPlugin>, name: string): BoundPlugin {
  const binding = bound.get(name);
  if (!binding) throw new RangeError(`Plugin "${name}" was not bound.`);
  return binding;
}
