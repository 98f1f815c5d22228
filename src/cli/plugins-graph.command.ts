/** `panotti plugins graph`. */
import type { PluginCatalog } from '../host/index.js';
import { renderGraphJson } from './render-graph-json.js';
import { renderGraphMermaid } from './render-graph-mermaid.js';
import { renderGraphText } from './render-graph-text.js';

export const GRAPH_FORMATS = ['text', 'mermaid', 'json'] as const;

export type GraphFormat = (typeof GRAPH_FORMATS)[number];

export function showGraph({ graph, entries, problems }: PluginCatalog, format: GraphFormat): string {
  const statusOf = (name: string): string => entries.get(name)?.status ?? 'unknown';
  if (format === 'json') return renderGraphJson(graph, statusOf, problems);
  return format === 'mermaid' ? renderGraphMermaid(graph, statusOf) : renderGraphText(graph, statusOf);
}
