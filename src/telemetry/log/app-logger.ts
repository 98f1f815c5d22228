/** Nest's logger on pino: what any `Logger` of `@nestjs/common` is told becomes one record, errors with their stack and causes included. */
import { Inject, Injectable, type LoggerService, Optional } from '@nestjs/common';
import type { Level } from 'pino';
import { isSecret, messageOf } from '../../common/index.js';
import { activeContext } from '../context/active-context.js';
import { isErrorValue, isFieldBag, plainValue } from './plain-value.js';
import { RepeatedLines } from './repeated-lines.js';
import { ROOT_LOGGER, type RootLogger } from './root-logger.js';

/** What Nest appends to a message, sorted by what it is. */
interface Extras {
  readonly context: string | undefined;
  readonly error: unknown;
  readonly params: readonly object[];
  readonly texts: readonly unknown[];
}

/** Where authors put an error among the fields of a message. */
const ERROR_FIELDS = ['err', 'error'] as const;

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
    const write = (): void => {
      if (extras.at(-1) !== OF_REQUESTS || !isPartOfRequestLine(message)) this.#write('error', message, extras);
    };
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

/** The line of the request that failed will have the error, so that there are not two lines for one failure. */
function isPartOfRequestLine(error: unknown): boolean {
  const context = activeContext();
  const request = context?.request;
  if (!request || request.isOver || request.failure || !isErrorValue(error)) return false;
  request.failure = { plugin: context.plugin, error };
  return true;
}

function recordOf(message: unknown, extras: unknown[]): { fields: object; text: string } {
  const { context, error, params, texts } = sorted(message, extras);
  const fields: Record<string, unknown> = {};
  if (context !== undefined) fields['context'] = context;
  if (error !== undefined) fields['err'] = error;
  if (params.length > 0) fields['params'] = params.length > 1 ? params : params[0];
  return { fields, text: texts.map(printable).join(' ') };
}

function sorted(message: unknown, extras: readonly unknown[]): Extras {
  const rest = extras.filter((extra) => extra !== undefined);
  const context = typeof rest.at(-1) === 'string' && !isStack(rest.at(-1)) ? String(rest.pop()) : undefined;
  const [head, ...others] = [message, ...rest].map(resolved);
  const all = [head, ...others];
  const stack = others.find(isStack);
  const texts = all.filter((item) => !isObject(item) && !(item === stack && stack !== undefined));
  const { error, params } = lifted(all.filter(isObject));
  // An error without a text beside it speaks for itself.
  const isBare = isErrorValue(head) || (texts.length === 0 && error !== undefined);
  return {
    context,
    error: error ?? (stack === undefined ? undefined : { stack }),
    params,
    texts: isBare ? [isErrorValue(head) ? head : error, ...texts] : texts,
  };
}

/** As Nest's own logger does: a function is a message that is made when it is needed, and a class is its name. */
function resolved(value: unknown): unknown {
  if (typeof value !== 'function') return value;
  try {
    const isClass = Function.prototype.toString.call(value).startsWith('class');
    const result: unknown = isClass ? value.name : value();
    return typeof result === 'function' ? plainValue(result) : result;
  } catch (error) {
    return `[the message could not be made: ${messageOf(error)}]`;
  }
}

/** The first error, which may be a field of what comes with a message, and everything else. */
function lifted(objects: readonly object[]): { error: Error | undefined; params: readonly object[] } {
  const direct = objects.find(isErrorValue);
  if (direct) return { error: direct, params: merged(objects.filter((item) => item !== direct)) };
  const found = objects
    .filter(isFieldBag)
    .flatMap((bag) => ERROR_FIELDS.map((field) => ({ bag, field, error: ownValue(bag, field) })));
  const first = found.find(({ error }) => isErrorValue(error));
  if (!first || !isErrorValue(first.error)) return { error: undefined, params: merged(objects) };
  const rest = objects.map((item) => (item === first.bag ? without(item, first.field) : item));
  return {
    error: first.error,
    params: merged(rest.filter((item, index) => item === objects[index] || Object.keys(item).length > 0)),
  };
}

/** One object of several whose fields have different names; otherwise each as it is. Getters are copied and not read. */
function merged(objects: readonly object[]): readonly object[] {
  if (objects.length < 2 || !objects.every(isFieldBag)) return objects;
  const keys = objects.flatMap((bag) => Object.keys(bag));
  if (new Set(keys).size < keys.length) return objects;
  return [
    Object.defineProperties({}, Object.assign({}, ...objects.map((bag) => Object.getOwnPropertyDescriptors(bag)))),
  ];
}

function without(bag: object, field: string): object {
  const { [field]: _lifted, ...rest } = Object.getOwnPropertyDescriptors(bag) as Record<string, PropertyDescriptor>;
  return Object.defineProperties({}, rest);
}

function ownValue(bag: object, field: string): unknown {
  try {
    return Object.getOwnPropertyDescriptor(bag, field)?.value;
  } catch {
    // A proxy may refuse to be looked at.
    return undefined;
  }
}

/** Nest's own exception handlers pass the stack as a text of its own. */
function isStack(value: unknown): boolean {
  return typeof value === 'string' && /\n\s*at /.test(value);
}

/** What is shown as a field and not as text. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isSecret(value);
}

function printable(value: unknown): string {
  if (isErrorValue(value)) return messageTextOf(value);
  return String(value);
}

function messageTextOf(error: Error): string {
  try {
    return String(error.message);
  } catch {
    return messageOf(error);
  }
}
