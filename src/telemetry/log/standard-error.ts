/**
 * Lines on the standard error: of the watchdog, whose main thread may never log again, and of a server that has no log yet or none any more. They
 * have the form of the log, so that what collects one can read the other.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { devNull, hostname } from 'node:os';
import { MAX_TEXT_LENGTH, safeLine } from './log-line.js';

/** `json`: one record a line, with the fields that lines of the log have. `pretty`: the text alone. */
export type LineForm = 'json' | 'pretty';

export interface ErrorLine {
  readonly level: 'warn' | 'fatal';
  readonly context: string;
  readonly msg: string;
  readonly plugin?: string | undefined;
}

const STANDARD_ERROR = 2;

export function errorLine(line: ErrorLine, form: LineForm, nowMs: number): string {
  if (form === 'pretty') return `${line.msg}\n`;
  const { level, context, plugin, msg } = line;
  const record = JSON.stringify({
    level,
    time: new Date(nowMs).toISOString(),
    pid: process.pid,
    hostname: hostname(),
    context,
    plugin,
    msg,
  });
  return record.length > MAX_TEXT_LENGTH ? safeLine(record) : `${record}\n`;
}

/** Written at once; without effect where the standard error is not read any more, or not fast enough. */
export function writeErrorLine(line: ErrorLine, form: LineForm, nowMs: number): void {
  try {
    writeSync(STANDARD_ERROR, errorLine(line, form, nowMs));
  } catch {
    // There is no other place to say it.
  }
}

/**
 * What is written to the standard error from here on is lost, also what Node writes itself. For the last moment of the process: should another
 * thread open a file in that very moment, the process is killed, because that file would get what was meant for the standard error.
 */
export function silenceStandardError(): void {
  let opened: number;
  try {
    closeSync(STANDARD_ERROR);
    opened = openSync(devNull, 'w');
  } catch {
    // A plugin has closed it, or there is no such device: what is written goes nowhere.
    return;
  }
  if (opened !== STANDARD_ERROR) process.kill(process.pid, 'SIGKILL');
}
