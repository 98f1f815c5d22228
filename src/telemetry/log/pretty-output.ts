/** Turns records into text for a person at a terminal, with `pino-pretty` where it is installed: a server in production does without it. */
import type { DestinationStream } from 'pino';
import type { LogOutput } from './log-output.js';
import { readableRecord } from './log-line.js';
import { standardOutput } from './standard-output.js';

export interface PrettyOutputDetails {
  readonly output: LogOutput | undefined;
  readonly isTerminal: boolean;
  /** Default: the package `pino-pretty`. */
  readonly load?: () => Promise<PrettyPrinter>;
}

type PrettyPrinter = Pick<typeof import('pino-pretty'), 'prettyFactory' | 'isColorSupported'>;

/** A destination for pino, or `undefined` when `pino-pretty` is not installed. */
export async function prettyOutput({
  output,
  isTerminal,
  load = loadPrinter,
}: PrettyOutputDetails): Promise<DestinationStream | undefined> {
  const printer = await load().catch(unlessMissing);
  if (!printer) return undefined;
  const print = printer.prettyFactory({
    colorize: isTerminal && printer.isColorSupported,
    ignore: 'pid,hostname,context',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    messageFormat: (record, messageKey) => [context(record), record[messageKey] ?? ''].join(''),
  });
  const target = output ?? standardOutput();
  return { write: (line) => target.write(print(readableRecord(line))) };
}

function context(record: Record<string, unknown>): string {
  return typeof record['context'] === 'string' ? `[${record['context']}] ` : '';
}

function loadPrinter(): Promise<PrettyPrinter> {
  return import('pino-pretty');
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
}
