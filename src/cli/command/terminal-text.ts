/** Text for a terminal and for programs: tables, JSON, times, and what plugins have stored, without characters that would move the cursor. */
import { printableText } from '../../host/index.js';
import type { DeliveryStanding } from '../../events/index.js';

const LONGEST_CELL = 200;

/** Characters that move the cursor or reverse the direction of text; in JSON they occur in strings only, where they may be escaped. */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function cell(text: string): string {
  return printableText(text, LONGEST_CELL);
}

/** JSON that is safe to show, with the same meaning for a program. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(INVISIBLE, (text) =>
    Array.from({ length: text.length }, (_none, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}

/** ISO 8601 in UTC. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** `45 s`, `12 min`, `3 h`, `9 d`. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export function errorText(errors: DeliveryStanding['errors']): string {
  const [last] = errors;
  return last ? cell(`${last.name}: ${last.message}`) : '';
}

/** `noise-reduction.clean: retrying, 2 attempts`. */
export function standingText({ subscription, state, attempts }: DeliveryStanding): string {
  const count = attempts > 0 ? `, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}` : '';
  return `${cell(subscription)}: ${state}${count}`;
}

/** The same with its time as text, for `--json`. */
export function plainStanding({ at, ...standing }: DeliveryStanding): object {
  return { ...standing, ...(at !== undefined && { at: timeText(at) }) };
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** One line for each row: columns are two blanks apart and as wide as their widest cell, and lines have no blanks at their ends. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_width, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
