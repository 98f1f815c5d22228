/** What became of a reload, in words for the log. Pure. */
import type { ReloadResult } from './reload-result.js';

export interface ReportLine {
  readonly level: 'log' | 'warn';
  readonly text: string;
}

/** States that an operator or the configuration has asked for. */
const ASKED_FOR: ReadonlySet<string> = new Set(['disabled', 'stopped']);

/** The first line says what has happened; the others, what an operator still has to do. */
export function reloadReport({
  told,
  restarted,
  added,
  removed,
  down,
  problems,
  outdated,
  afterRestart,
}: ReloadResult): ReportLine[] {
  const isUp = new Set(added.filter((name) => down.every(({ plugin }) => plugin !== name)));
  const off = down.filter(({ state }) => ASKED_FOR.has(state));
  const trouble = down.filter(({ state }) => !ASKED_FOR.has(state));
  const parts = [
    ...listed('restarted', restarted),
    ...listed('told while they run', told),
    ...listed('added', [...isUp]),
    ...listed('removed', removed),
    ...[...Map.groupBy(off, ({ state }) => state)].flatMap(([state, plugins]) =>
      listed(
        state,
        plugins.map(({ plugin }) => plugin),
      ),
    ),
    ...trouble.map(
      ({ plugin, state, reason }) => `"${plugin}" is ${state}${reason === undefined ? '' : `: ${firstLine(reason)}`}`,
    ),
  ];
  const lines: ReportLine[] = [
    {
      level: trouble.length > 0 ? 'warn' : 'log',
      text: `Configuration reloaded; ${parts.length > 0 ? parts.join('; ').replace(/\.$/, '') : 'no plugin is concerned'}.`,
    },
  ];
  if (problems !== '') lines.push({ level: 'warn', text: problems });
  if (outdated.length > 0)
    lines.push({
      level: 'warn',
      text: `Their code has changed, which counts from the next start of the server on: ${outdated.join(', ')}.`,
    });
  if (afterRestart.length > 0)
    lines.push({
      level: 'warn',
      text: `These changes count from the next start of the server on: ${afterRestart.join(', ')}.`,
    });
  return lines;
}

function listed(what: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${what}: ${names.join(', ')}`] : [];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
