/** `panotti plugins list`. */
import type { PluginCatalog } from '../host/index.js';
import { renderPluginJson } from './render-plugin-json.js';
import { renderPluginTable } from './render-plugin-table.js';

export function listPlugins(catalog: PluginCatalog, format: 'table' | 'json'): string {
  const entries = [...catalog.entries.values()];
  return format === 'json' ? renderPluginJson(entries, catalog.problems) : renderPluginTable(entries);
}
