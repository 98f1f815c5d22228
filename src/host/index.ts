/** The door of the host room. */
export { buildCatalog, type CatalogIngredients } from './build-catalog.js';
export type { DiscoveredPlugin, Discovery, DiscoverySources, PluginOrigin } from './discovery/discovered-plugin.js';
export { readHostPackage, type HostPackage } from './discovery/host-package.js';
export { leftOutImports, startAgainWithout } from './discovery/left-out-imports.js';
export { type BlockedImport, ImportWatch, type ImportWatchDetails } from './discovery/import-watch.js';
export { NodePluginModules } from './discovery/node-plugin-modules.js';
export { PluginModules } from './discovery/plugin-modules.port.js';
export { DependencyGraph, type GraphEdge, type GraphNode, type GraphProblem } from './graph/dependency-graph.js';
export { PluginCatalogError } from './host.errors.js';
export { PluginsOptions } from './host.options.js';
export {
  PluginCatalog,
  type PluginCatalogDetails,
  type PluginEntry,
  type PluginEntryStatus,
  waitsForProgram,
} from './plugin-catalog.js';
export { problemReport, type PluginProblem } from './plugin-problem.js';
export { isPluginSection, PluginSection } from './plugin-section.js';
export {
  pluginConfigurationProblems,
  prepareCatalog,
  SHIPPED_PLUGINS,
  type CatalogOptions,
} from './prepare-catalog.js';
export { printableText } from './printable-text.js';
export { unmetRequirements, type MachineFacts } from './requirements.js';
