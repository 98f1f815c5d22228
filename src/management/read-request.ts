/** Reads a request that has come over the socket, by the shape in the row of its operation. */
import { isEventPattern } from '../events/index.js';
import { LARGEST_COUNT, LONGEST_TEXT, type Field, type RequestOf, type RequestShape } from './operations/index.js';
import { ControlRequestError } from './management.errors.js';

const LONGEST_NAME = 40;

/**
 * An unknown field is refused and never left out: without one of its filters, a request would choose everything.
 *
 * @throws ControlRequestError that names every problem, sorted
 */
export function readRequest<S extends RequestShape>(shape: S, body: unknown): RequestOf<S> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ControlRequestError('it is not an object');
  const given = new Map<string, unknown>(Object.entries(body));
  const unknown = given.keys().filter((name) => !Object.hasOwn(shape, name));
  const problems = [
    ...unknown.map((name) => `the field ${JSON.stringify(name.slice(0, LONGEST_NAME))} is unknown`),
    ...Object.entries(shape).flatMap(([name, field]) => problemOf(name, field, given.get(name)) ?? []),
  ];
  if (problems.length > 0) throw new ControlRequestError(problems.sort().join('; '));
  // Every field has been held against the shape, which the type follows from.
  return Object.fromEntries(given) as RequestOf<S>;
}

function problemOf(name: string, field: Field, value: unknown): string | undefined {
  if (value === undefined) return field.isRequired ? `the field "${name}" is missing` : undefined;
  const words = expected(field, value);
  return words === undefined ? undefined : `the field "${name}" must be ${words}`;
}

/** What the value should have been; `undefined` if it is right. */
function expected({ kind }: Field, value: unknown): string | undefined {
  switch (kind) {
    case 'text':
      return isText(value) ? undefined : `text of at most ${LONGEST_TEXT} characters`;
    case 'pattern':
      return isText(value) && isEventPattern(value)
        ? undefined
        : 'the name of an event, or a pattern such as recording.*';
    case 'moment':
      return Number.isSafeInteger(value) ? undefined : 'a time in whole milliseconds since 1970';
    case 'count':
      return isBetween(value, 1, LARGEST_COUNT) ? undefined : `a whole number from 1 to ${LARGEST_COUNT}`;
    case 'position':
      return isBetween(value, 0, Number.MAX_SAFE_INTEGER) ? undefined : 'a whole number from 0';
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT;
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
