/** Nest's logger on pino: what any `Logger` of `@nestjs/common` is told becomes one record, errors with their stack and causes included. */
import { Inject, Injectable, type LoggerService, Optional } from '@nestjs/common';
import type { Level } from 'pino';
import { isSecret } from '../common/index.js';
import { RepeatedLines } from './repeated-lines.js';
import { ROOT_LOGGER, type RootLogger } from './root-logger.js';

/** What Nest appends to a message, sorted by what it is. */
interface Extras {
  readonly context: string | undefined;
  readonly error: unknown;
  readonly params: readonly object[];
  readonly texts: readonly unknown[];
}

/** Where Nest tells of each module and route while it starts: nothing that an operator asks for, and a screenful of it. */
const NEST_DETAILS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Under this name Nest writes what a route has thrown. */
const OF_REQUESTS = 'ExceptionsHandler';
const FAILED_REQUESTS_IN_FULL = 20;

/**
 * Hand it to the application and write what was said before:
 *
 * @example
 * app.useLogger(app.get(AppLogger));
 * app.flushLogs();
 */
@Injectable()
export class AppLogger implements LoggerService {
  constructor(
    @Inject(ROOT_LOGGER) private readonly root: RootLogger,
    @Optional() @Inject(RepeatedLines) private readonly repeated?: RepeatedLines,
  ) {}

  log(message: unknown, ...extras: unknown[]): void {
    this.#write(NEST_DETAILS.has(extras.at(-1)) ? 'debug' : 'info', message, extras);
  }

  fatal(message: unknown, ...extras: unknown[]): void {
    this.#write('fatal', message, extras);
  }

  error(message: unknown, ...extras: unknown[]): void {
    const write = (): void => this.#write('error', message, extras);
    // Nest writes a line for each request that fails, and anybody may send requests.
    if (!this.repeated || extras.at(-1) !== OF_REQUESTS) return write();
    const kind = message instanceof Error ? message.message : String(message);
    const writeCount = (count: string): void => this.#write('error', `${kind} (${count})`, [OF_REQUESTS]);
    this.repeated.write({ group: OF_REQUESTS, kind, inFull: FAILED_REQUESTS_IN_FULL, write, writeCount });
  }

  warn(message: unknown, ...extras: unknown[]): void {
    this.#write('warn', message, extras);
  }

  debug(message: unknown, ...extras: unknown[]): void {
    this.#write('debug', message, extras);
  }

  verbose(message: unknown, ...extras: unknown[]): void {
    this.#write('trace', message, extras);
  }

  #write(level: Level, message: unknown, extras: unknown[]): void {
    if (!this.root.isLevelEnabled(level)) return;
    try {
      const { fields, text } = recordOf(message, extras);
      this.root[level](fields, text);
    } catch {
      // Getters of a plugin's own errors and objects may throw; whoever logs them must not be hit by that.
      this.root[level]('Something was logged here that cannot be printed.');
    }
  }
}

function recordOf(message: unknown, extras: unknown[]): { fields: object; text: string } {
  const { context, error, params, texts } = sorted(message, extras);
  const fields: Record<string, unknown> = {};
  if (context !== undefined) fields['context'] = context;
  if (error !== undefined) fields['err'] = error;
  if (params.length > 0) fields['params'] = Object.assign({}, ...params);
  return { fields, text: texts.map(printable).join(' ') };
}

function sorted(message: unknown, extras: readonly unknown[]): Extras {
  const rest = extras.filter((extra) => extra !== undefined);
  const context = typeof rest.at(-1) === 'string' && !isStack(rest.at(-1)) ? String(rest.pop()) : undefined;
  const all = [message, ...rest];
  const error = all.find((item) => item instanceof Error);
  const stack = rest.find(isStack);
  return {
    context,
    error: error ?? (stack === undefined ? undefined : { stack }),
    params: all.filter(isRecord),
    texts: all.filter(
      (item) => !isRecord(item) && !(item instanceof Error && item !== message) && !(item === stack && stack !== undefined),
    ),
  };
}

/** Nest's own exception handlers pass the stack as a text of its own. */
function isStack(value: unknown): boolean {
  return typeof value === 'string' && /\n\s*at /.test(value);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && !isSecret(value);
}

function printable(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}
