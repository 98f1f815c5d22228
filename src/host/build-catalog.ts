/** Joins what was found, what is configured and what the machine offers into the catalog. */
import type { Clock } from '../common/index.js';
import { ConfigurationError, type ConfigurationDocument, type ConfigurationProblem } from '../config/index.js';
import { assess } from './assess.js';
import { binariesOnPath } from './discovery/binaries-on-path.js';
import { discoverPlugins } from './discovery/discover-plugins.js';
import type { Discovery, DiscoverySources, FruitlessDirectory } from './discovery/discovered-plugin.js';
import { ImportWatch } from './discovery/import-watch.js';
import type { PluginModules } from './discovery/plugin-modules.port.js';
import { DependencyGraph } from './graph/dependency-graph.js';
import { PluginCatalog } from './plugin-catalog.js';
import { unattributedProblems } from './plugin-configuration.js';
import type { MachineFacts } from './requirements.js';

export interface CatalogIngredients {
  readonly sources: DiscoverySources;
  /** `plugins.yaml`: its top-level keys are plugin names. */
  readonly document: ConfigurationDocument;
  /** What was found in `panotti.yaml`. Default: nothing. */
  readonly hostWarnings?: readonly ConfigurationProblem[];
  /** The warning about a configured directory in which nothing is a plugin. Default: none. */
  readonly warningAbout?: (directory: FruitlessDirectory) => ConfigurationProblem[];
  /** What the machine offers; its programs are looked up on the PATH of `environment`. */
  readonly machine: Omit<MachineFacts, 'hasBinary'>;
  readonly modules: PluginModules;
  readonly clock: Clock;
  /** Keeps watch over the imports. Default: they are only refused the end of the process where somebody notices it. */
  readonly imports?: ImportWatch;
  /** How long one import may wait, in milliseconds. Default: 2,000. */
  readonly importTimeoutMs?: number;
}

/**
 * Discovers, checks and configures all plugins, and builds none of them. What is wrong with a plugin is in the catalog.
 *
 * @throws ConfigurationError where `plugins.yaml` as a whole cannot be read, for example for its syntax
 */
export async function buildCatalog(ingredients: CatalogIngredients): Promise<PluginCatalog> {
  return searched(ingredients, ingredients.document, undefined);
}

async function searched(
  ingredients: CatalogIngredients,
  document: ConfigurationDocument,
  before: Discovery | undefined,
): Promise<PluginCatalog> {
  assertReadable(document);
  const { sources, modules, clock, imports = new ImportWatch(), importTimeoutMs = 2_000 } = ingredients;
  const loading = { modules, clock, watch: imports, timeoutMs: importTimeoutMs };
  return assembled(ingredients, document, await discoverPlugins(sources, loading, before));
}

function assertReadable(document: ConfigurationDocument): void {
  const unreadable = unattributedProblems(document);
  if (unreadable.length > 0) throw new ConfigurationError(unreadable);
}

function assembled(
  ingredients: CatalogIngredients,
  document: ConfigurationDocument,
  discovery: Discovery,
): PluginCatalog {
  const { hostWarnings = [], warningAbout = () => [], machine, modules } = ingredients;
  const facts = { ...machine, hasBinary: binariesOnPath(machine.environment) };
  const { entries, problems, nodes } = assess(discovery, document, facts);
  return new PluginCatalog({
    entries,
    // A cycle is with each of its plugins, and is one problem.
    problems: new Set([...discovery.problems, ...problems, ...entries.flatMap((entry) => entry.problems)]),
    warnings: [...hostWarnings, ...discovery.fruitless.flatMap(warningAbout), ...document.warnings],
    graph: new DependencyGraph(nodes),
    modules,
    outdated: discovery.outdated,
    reassess: (sections) =>
      assess(discovery, document.withObject({ label: '(given at run time)', value: sections }), facts).entries,
    renewed: (next) => searched(ingredients, next, discovery),
  });
}
