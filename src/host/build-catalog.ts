/** Joins what was found, what is configured and what the machine offers into the catalog. */
import type { Clock } from '../common/index.js';
import { ConfigurationError, type ConfigurationDocument, type ConfigurationProblem } from '../config/index.js';
import type { PluginManifest } from '../plugin/index.js';
import { binariesOnPath } from './discovery/binaries-on-path.js';
import { discoverPlugins } from './discovery/discover-plugins.js';
import type { DiscoveredPlugin, Discovery, DiscoverySources } from './discovery/discovered-plugin.js';
import { ImportWatch } from './discovery/import-watch.js';
import type { PluginModules } from './discovery/plugin-modules.port.js';
import { DependencyGraph, type GraphNode } from './graph/dependency-graph.js';
import { describeGraphProblem, type SharedProblem } from './graph/graph-problem.js';
import { PluginCatalog, type PluginEntry, type PluginEntryStatus } from './plugin-catalog.js';
import { bindPlugin, unattributedProblems, unknownSections, type BoundPlugin } from './plugin-configuration.js';
import type { PluginProblem } from './plugin-problem.js';
import { unmetRequirements, type MachineFacts } from './requirements.js';

export interface CatalogIngredients {
  readonly sources: DiscoverySources;
  /** `plugins.yaml`: its top-level keys are plugin names. */
  readonly document: ConfigurationDocument;
  /** What was found in `panotti.yaml`. Default: nothing. */
  readonly hostWarnings?: readonly ConfigurationProblem[];
  /** What the machine offers; its programs are looked up on the PATH of `environment`. */
  readonly machine: Omit<MachineFacts, 'hasBinary'>;
  readonly modules: PluginModules;
  readonly clock: Clock;
  /** Keeps watch over the imports. Default: they are only refused the end of the process where somebody notices it. */
  readonly imports?: ImportWatch;
  /** How long one import may wait, in milliseconds. Default: 2,000. */
  readonly importTimeoutMs?: number;
  /** What is told about the host's own settings. */
  readonly warnings?: readonly ConfigurationProblem[];
}

/**
 * Discovers, checks and configures all plugins, and builds none of them. What is wrong with a plugin is in the catalog.
 *
 * @throws ConfigurationError where `plugins.yaml` as a whole cannot be read, for example for its syntax
 */
export async function buildCatalog({
  sources,
  document,
  hostWarnings = [],
  machine,
  modules,
  clock,
  imports = new ImportWatch(),
  importTimeoutMs = 2_000,
}: CatalogIngredients): Promise<PluginCatalog> {
  assertReadable(document);
  const discovery = await discoverPlugins(sources, { modules, clock, watch: imports, timeoutMs: importTimeoutMs });
  const warnings = [...hostWarnings, ...document.warnings];
  const facts = { ...machine, hasBinary: binariesOnPath(machine.environment) };
  return assembleCatalog({ discovery, document, warnings, modules, facts });
}

function assertReadable(document: ConfigurationDocument): void {
  const unreadable = unattributedProblems(document);
  if (unreadable.length > 0) throw new ConfigurationError(unreadable);
}

interface CatalogParts {
  readonly discovery: Discovery;
  readonly document: ConfigurationDocument;
  readonly warnings: readonly ConfigurationProblem[];
  readonly facts: MachineFacts;
  readonly modules: Disposable;
}

function assembleCatalog({ discovery, document, warnings, facts, modules }: CatalogParts): PluginCatalog {
  const entries = assess(discovery, document, facts);
  return new PluginCatalog({
    entries,
    // A cycle is with each of its plugins, and is one problem.
    problems: new Set([
      ...discovery.problems,
      ...entries.flatMap(({ problems }) => problems),
      ...unknownSections(
        document,
        entries.map(({ name }) => name),
        discovery.unloaded,
      ),
    ]),
    warnings,
    graph: new DependencyGraph(discovery.plugins.map(({ manifest }) => nodeOf(manifest))),
    modules,
    reassess: (sections) => assess(discovery, document.withObject({ label: '(given at run time)', value: sections }), facts),
    withDocument: (next) => {
      assertReadable(next);
      return assembleCatalog({ discovery, document: next, warnings: next.warnings, facts, modules });
    },
  });
}

/** What each plugin is, with its own problems, under this configuration. */
function assess(discovery: Discovery, document: ConfigurationDocument, facts: MachineFacts): PluginEntry[] {
  const bound = new Map(discovery.plugins.map(({ manifest }) => [manifest.name, bindPlugin(document, manifest)]));
  const shared = byPlugin(problemsBetween(discovery, (name) => bound.get(name)?.section.enabled !== false));
  return discovery.plugins.map((plugin) => {
    const own = bindingOf(bound, plugin.manifest.name);
    const between = shared.get(plugin.manifest.name) ?? [];
    return entryOf(plugin, own, between, own.section.enabled ? unmetRequirements(plugin.manifest, facts, own.configuration) : []);
  });
}

function byPlugin(shared: readonly SharedProblem[]): ReadonlyMap<string, readonly PluginProblem[]> {
  const problems = new Map<string, PluginProblem[]>();
  for (const { plugins, problem } of shared) {
    for (const plugin of plugins) {
      const known = problems.get(plugin);
      if (known) known.push(problem);
      else problems.set(plugin, [problem]);
    }
  }
  return problems;
}

function entryOf(
  { manifest, pluginClass, origin }: DiscoveredPlugin,
  { section, configuration, problems, warnings }: BoundPlugin,
  between: readonly PluginProblem[],
  unmet: readonly PluginProblem[],
): PluginEntry {
  const wrong = [...between, ...problems];
  const status = statusOf(section.enabled, wrong, unmet);
  return {
    name: manifest.name,
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

function statusOf(isEnabled: boolean, wrong: readonly PluginProblem[], unmet: readonly PluginProblem[]): PluginEntryStatus {
  if (!isEnabled) return 'disabled';
  if (wrong.length > 0) return 'invalid';
  return unmet.length > 0 ? 'blocked' : 'startable';
}

/** The problems of the graph in which disabled plugins are present and need nothing, because they do not start. */
function problemsBetween({ plugins, unloaded }: Discovery, isEnabled: (name: string) => boolean): SharedProblem[] {
  const nodes = plugins.map(({ manifest }) => (isEnabled(manifest.name) ? nodeOf(manifest) : withoutDependencies(manifest)));
  return new DependencyGraph(nodes).problems().map((problem) => describeGraphProblem(problem, unloaded));
}

function nodeOf({ name, version, dependencies, optionalDependencies }: PluginManifest): GraphNode {
  return { name, version, dependencies, optionalDependencies };
}

function withoutDependencies({ name, version }: PluginManifest): GraphNode {
  return { name, version, dependencies: {}, optionalDependencies: {} };
}

function bindingOf(bound: ReadonlyMap<string, BoundPlugin>, name: string): BoundPlugin {
  const binding = bound.get(name);
  if (!binding) throw new RangeError(`Plugin "${name}" was not bound.`);
  return binding;
}
