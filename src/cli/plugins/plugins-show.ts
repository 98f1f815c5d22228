/** `panotti plugins list` and `panotti plugins graph`. */
import type { PluginCatalog } from '../../host/index.js';
import type { CommandCall } from '../command/command.js';
import { openCatalog } from '../access/open-catalog.js';
import type { CommonOptions } from '../command/surroundings.js';
import { renderGraphJson } from './render-graph-json.js';
import { renderGraphMermaid } from './render-graph-mermaid.js';
import { renderGraphText } from './render-graph-text.js';
import { renderPluginJson } from './render-plugin-json.js';
import { renderPluginTable } from './render-plugin-table.js';
import { reportProblems } from './report-problems.js';

export function pluginsList(call: CommandCall<CommonOptions & { json?: true }>): Promise<void> {
  return inspect(call, ({ entries, problems }) => {
    const all = [...entries.values()];
    return call.options.json ? renderPluginJson(all, problems) : renderPluginTable(all);
  });
}

export function pluginsGraph(
  call: CommandCall<CommonOptions & { format: 'text' | 'mermaid' | 'json' }>,
): Promise<void> {
  const { format } = call.options;
  return inspect(call, ({ graph, entries, problems }) => {
    const statusOf = (name: string): string => entries.get(name)?.status ?? 'unknown';
    if (format === 'json') return renderGraphJson(graph, statusOf, problems);
    return format === 'mermaid' ? renderGraphMermaid(graph, statusOf) : renderGraphText(graph, statusOf);
  });
}

async function inspect({ context, options }: CommandCall, render: (catalog: PluginCatalog) => string): Promise<void> {
  using catalog = await openCatalog(options, context);
  context.terminal.out(`${render(catalog)}\n`);
  context.finish(reportProblems(catalog, context.terminal, options.strict ? 'strict' : 'lenient'));
}
