/** Checks what an author wrote in `@OnEvent`, without trusting its types: a plugin may be plain JavaScript. */
import { nearestWord } from '../../common/index.js';
import { readContract } from './event-contract.metadata.js';
import { isEventPattern } from './event-name.js';

const OPTIONS = ['delivery', 'name', 'from', 'timeoutMs', 'retry', 'concurrency', 'key', 'batch'];
const RETRY_OPTIONS = ['attempts', 'backoffMs', 'maxBackoffMs', 'retryable', 'final'];
const BATCH_OPTIONS = ['size', 'waitMs'];

const SUBSCRIPTION_NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,199}$/;

/** The longest delay that a timer of Node takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

type Fields = Readonly<Record<string, unknown>>;

/** The pattern of a selector; `undefined` if it is invalid. */
export function patternOf(selector: unknown): string | undefined {
  const pattern = typeof selector === 'function' ? readContract(selector)?.name : selector;
  return isEventPattern(pattern) ? pattern : undefined;
}

/** All problems with the arguments of one `@OnEvent`. */
export function subscriptionProblems(selector: unknown, options: unknown): string[] {
  return [...selectorProblems(selector), ...optionProblems(options), ...durabilityProblems(selector, options)];
}

function* selectorProblems(selector: unknown): Iterable<string> {
  if (patternOf(selector) !== undefined) return;
  if (typeof selector === 'function') yield `the class "${selector.name}" has no @EventContract`;
  else yield 'the event must be a class with @EventContract, a name, or a pattern such as "recording.*"';
}

/** What a durable subscription needs, and what only a durable one may have. */
function* durabilityProblems(selector: unknown, options: unknown): Iterable<string> {
  if (!isRecord(options)) return;
  const { delivery, name, from } = options;
  if (delivery !== undefined && delivery !== 'memory' && delivery !== 'durable')
    yield 'delivery must be "memory" or "durable"';
  if (delivery === 'durable' && typeof selector !== 'function') {
    yield 'a durable subscription needs an event class: what is read from the store is made an instance of it';
  }
  if (name !== undefined && !(typeof name === 'string' && SUBSCRIPTION_NAME.test(name))) {
    yield 'name must be letters, digits, dots and dashes, such as "billing.charge"';
  }
  if (from !== undefined && from !== 'now' && from !== 'beginning') yield 'from must be "now" or "beginning"';
  if (delivery !== 'durable' && name !== undefined) yield 'name is for durable subscriptions only';
  if (delivery !== 'durable' && from !== undefined) yield 'from is for durable subscriptions only';
}

function* optionProblems(options: unknown): Iterable<string> {
  if (!isRecord(options)) {
    yield 'the options must be an object';
    return;
  }
  const { timeoutMs, concurrency, key, batch, retry } = options;
  yield* unknownFields(options, OPTIONS, '');
  if (timeoutMs !== undefined) yield* numberProblems('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  if (concurrency !== undefined) yield* numberProblems('concurrency', concurrency, 1, 1_000_000);
  if (key !== undefined && typeof key !== 'function') yield 'key must be a function from the event to a text';
  if (key !== undefined && batch !== undefined)
    yield 'key and batch exclude each other: an array mixes events of several keys';
  if (retry !== undefined) yield* retryProblems(retry, options['delivery']);
  if (batch !== undefined) yield* batchProblems(batch);
}

function* retryProblems(retry: unknown, delivery: unknown): Iterable<string> {
  if (!isRecord(retry)) {
    yield 'retry must be an object such as { attempts: 4 }';
    return;
  }
  yield* unknownFields(retry, RETRY_OPTIONS, 'retry.');
  if (retry['attempts'] !== undefined || delivery !== 'durable')
    yield* numberProblems('retry.attempts', retry['attempts'], 1, 100);
  if (retry['backoffMs'] !== undefined) yield* numberProblems('retry.backoffMs', retry['backoffMs'], 0, MAX_DELAY_MS);
  if (retry['maxBackoffMs'] !== undefined)
    yield* numberProblems('retry.maxBackoffMs', retry['maxBackoffMs'], 0, MAX_DELAY_MS);
  for (const field of ['final', 'retryable']) {
    const list = retry[field];
    const areClasses = list === undefined || (Array.isArray(list) && list.every((item) => typeof item === 'function'));
    if (!areClasses) yield `retry.${field} must be a list of error classes`;
  }
}

function* batchProblems(batch: unknown): Iterable<string> {
  if (!isRecord(batch)) {
    yield 'batch must be an object such as { size: 100, waitMs: 50 }';
    return;
  }
  yield* unknownFields(batch, BATCH_OPTIONS, 'batch.');
  yield* numberProblems('batch.size', batch['size'], 2, 10_000);
  yield* numberProblems('batch.waitMs', batch['waitMs'], 0, MAX_DELAY_MS);
}

function* numberProblems(field: string, value: unknown, least: number, most: number): Iterable<string> {
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > most) {
    yield `${field} must be a whole number from ${least} to ${most}`;
  }
}

function* unknownFields(fields: Fields, known: readonly string[], prefix: string): Iterable<string> {
  for (const field of Object.keys(fields).filter((candidate) => !known.includes(candidate))) {
    const meant = nearestWord(field, known);
    yield `${prefix}${field} is unknown; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(', ')}`}`;
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
