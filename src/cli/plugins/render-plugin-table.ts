/** The list of plugins as a table for people. */
import { leadingProblem } from '../../common/index.js';
import { printableText, type PluginEntry } from '../../host/index.js';
import { textTable } from '../command/terminal-text.js';

const HEADINGS = ['NAME', 'VERSION', 'STATUS', 'ORIGIN', 'DESCRIPTION'];

/** One line per plugin. Where a plugin does not start for a reason, the reason stands in place of its description. */
export function renderPluginTable(entries: readonly PluginEntry[]): string {
  if (entries.length === 0) return 'No plugins were found.';
  const rows = [HEADINGS, ...entries.map(rowOf)];
  return textTable(rows);
}

function rowOf({ name, manifest, status, origin, problems }: PluginEntry): string[] {
  return [name, manifest.version, status, origin.kind, reasonOf(problems) ?? manifest.description].map((cell) =>
    printableText(cell, 200),
  );
}

function reasonOf([first, ...others]: PluginEntry['problems']): string | undefined {
  if (!first) return undefined;
  const reason = leadingProblem(first.message).split('\n', 1)[0] ?? '';
  return others.length === 0 ? reason : `${reason} (and ${others.length} more)`;
}
