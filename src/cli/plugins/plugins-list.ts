/** `panotti plugins list`. */
import { leadingProblem } from '../../common/index.js';
import { printableText, type PluginCatalog, type PluginEntry } from '../../host/index.js';
import type { CommandCall } from '../command/command.js';
import type { CommonOptions } from '../command/surroundings.js';
import { textTable } from '../command/terminal-text.js';
import { inspectCatalog } from './inspect-catalog.js';

const HEADINGS = ['NAME', 'VERSION', 'STATUS', 'ORIGIN', 'DESCRIPTION'];
const LONGEST_CELL = 200;

export function pluginsList(call: CommandCall<CommonOptions & { json?: true }>): Promise<void> {
  return inspectCatalog(call, (catalog) => (call.options.json ? plainList(catalog) : table(catalog)));
}

/** Problems of a plugin as codes, and all problems in full. */
function plainList({ entries, problems }: PluginCatalog): string {
  return JSON.stringify({ plugins: [...entries.values()].map(plain), problems }, null, 2);
}

function plain({ name, manifest, status, origin, section, problems }: PluginEntry): object {
  return {
    name,
    version: manifest.version,
    description: printableText(manifest.description),
    status,
    required: section.required,
    origin,
    problems: problems.map(({ code }) => code),
  };
}

/** One line for each plugin; why a plugin does not start replaces its description. */
function table({ entries }: PluginCatalog): string {
  return entries.size === 0 ? 'No plugins were found.' : textTable([HEADINGS, ...[...entries.values()].map(rowOf)]);
}

function rowOf({ name, manifest, status, origin, problems }: PluginEntry): string[] {
  const cells = [name, manifest.version, status, origin.kind, reasonOf(problems) ?? manifest.description];
  return cells.map((cell) => printableText(cell, LONGEST_CELL));
}

function reasonOf([first, ...others]: PluginEntry['problems']): string | undefined {
  if (!first) return undefined;
  const reason = leadingProblem(first.message).split('\n', 1)[0] ?? '';
  return others.length === 0 ? reason : `${reason} (and ${others.length} more)`;
}
