/** `panotti plugins graph`. */
import type { PluginCatalog } from '../../host/index.js';
import type { CommandCall } from '../command/command.js';
import type { CommonOptions } from '../command/surroundings.js';
import { inspectCatalog } from './inspect-catalog.js';
import { renderGraphMermaid } from './render-graph-mermaid.js';
import { renderGraphText } from './render-graph-text.js';

type StatusOf = (name: string) => string;

export function pluginsGraph(
  call: CommandCall<CommonOptions & { format: 'text' | 'mermaid' | 'json' }>,
): Promise<void> {
  const { format } = call.options;
  return inspectCatalog(call, (catalog) => {
    const { graph, entries } = catalog;
    const statusOf: StatusOf = (name) => entries.get(name)?.status ?? 'unknown';
    if (format === 'json') return renderGraphJson(catalog, statusOf);
    return format === 'mermaid' ? renderGraphMermaid(graph, statusOf) : renderGraphText(graph, statusOf);
  });
}

/** `{ plugins: [{ name, version, status }], dependencies: [{ plugin, dependency, range, optional, found }], levels, problems }`. */
export function renderGraphJson(
  { graph, problems }: Pick<PluginCatalog, 'graph' | 'problems'>,
  statusOf: StatusOf,
): string {
  const plugins = graph.nodes().map(({ name, version = null }) => ({ name, version, status: statusOf(name) }));
  const dependencies = graph
    .edges()
    .map(({ plugin, dependency, range, optional, found = null }) => ({ plugin, dependency, range, optional, found }));
  return JSON.stringify({ plugins, dependencies, levels: graph.levels(), problems }, null, 2);
}
