/** What a log says of an error: its type, message, stack and causes, and what else was put on it. */
import { isInstance } from '../../common/index.js';

/** Fields that are part of an error, although no loop over it finds them. */
const HIDDEN = ['cause', 'errors', 'error', 'suppressed'] as const;

/** Causes of causes that the stack tells of. */
const MAX_CAUSES = 10;

/** @param isCause whether another error tells of it: then the causes are not in its stack a second time */
export function errorFields(error: Error, isCause: boolean): object {
  const fields: Record<string, unknown> = Object.create(null);
  const type = typeOf(error);
  const name = read(error, 'name');
  fields['type'] = type;
  if (name !== type && name !== 'Error') fields['name'] = name;
  fields['message'] = read(error, 'message');
  fields['stack'] = isCause ? read(error, 'stack') : stackWithCauses(error);
  if (Object.hasOwn(error, 'type')) fields['ownType'] = read(error, 'type');
  for (const key of HIDDEN) if (Object.hasOwn(error, key)) fields[key] = read(error, key);
  for (const key of Object.keys(error)) if (!(key in fields)) Object.defineProperty(fields, key, lazily(error, key));
  return fields;
}

/** The name of its class, which authors more often set than `name`. */
function typeOf(error: Error): unknown {
  const made = read(error, 'constructor');
  const className = typeof made === 'function' ? made.name : '';
  return className === '' ? read(error, 'name') : className;
}

function stackWithCauses(error: Error): unknown {
  const first = read(error, 'stack');
  if (typeof first !== 'string') return first;
  const stacks = [first];
  const seen = new Set<unknown>([error]);
  for (let cause = causeOf(error); cause && stacks.length <= MAX_CAUSES && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    const stack = read(cause, 'stack');
    stacks.push(typeof stack === 'string' ? stack : String(read(cause, 'message')));
  }
  return stacks.join('\ncaused by: ');
}

function causeOf(error: Error): Error | undefined {
  const cause = read(error, 'cause');
  return Error.isError(cause) || isInstance(cause, Error) ? (cause as Error) : undefined;
}

/** What cannot be read says so in its place. */
function read(error: Error, key: string): unknown {
  try {
    return error[key as keyof Error];
  } catch {
    return '[cannot be read]';
  }
}

/** Read when it is written, with what it throws then. */
function lazily(error: Error, key: string): PropertyDescriptor {
  return { enumerable: true, get: (): unknown => error[key as keyof Error] };
}
