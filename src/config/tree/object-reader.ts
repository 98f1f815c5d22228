/** Reads an object that an embedding application gives in code into a tree. It has no lines: every place is the label at 1:1. */
import { isSecret } from '../../common/index.js';
import { formatPath, problemAt, type ProblemCode, type Origin, type Path } from '../configuration-problem.js';
import { DEEPEST_NESTING, isForbiddenKey, type ConfigurationNode, type MapEntry } from './configuration-node.js';

export interface ObjectSource {
  /** Stands where a file's name would. */
  readonly label: string;
  readonly value: object;
  readonly pathPrefix: string | undefined;
}

/** Takes text, numbers, truth values, `null`, `Secret`s, lists and objects with keys; keys with `undefined` count as not given. */
export function readObject(source: ObjectSource): ConfigurationNode {
  const origin = { file: source.label, line: 1, column: 1 };
  return nodeOf(source.value, [], { origin, pathPrefix: source.pathPrefix });
}

interface Reading {
  readonly origin: Origin;
  readonly pathPrefix: string | undefined;
}

function nodeOf(value: unknown, path: Path, reading: Reading): ConfigurationNode {
  const { origin } = reading;
  // Also ends a structure that contains itself.
  if (path.length > DEEPEST_NESTING)
    return refused(
      path.slice(0, DEEPEST_NESTING),
      `is nested deeper than ${DEEPEST_NESTING} levels`,
      reading,
      'CONFIG_LIMIT',
    );
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return {
      kind: 'scalar',
      origin,
      value,
      ...(typeof value === 'string' ? { supplied: { text: value, isSecret: false } } : {}),
    };
  }
  if (isSecret(value)) {
    const text = value.reveal();
    return { kind: 'scalar', origin, value: text, supplied: { text, isSecret: true } };
  }
  if (Array.isArray(value))
    return { kind: 'list', origin, items: value.map((item, index) => nodeOf(item, [...path, index], reading)) };
  if (Object.prototype.toString.call(value) === '[object Object]') return mapOf(value as object, path, reading);
  return refused(
    path,
    'must be text, a number, true or false, a list or an object with keys',
    reading,
    'CONFIG_WRONG_TYPE',
  );
}

function mapOf(value: object, path: Path, reading: Reading): ConfigurationNode {
  const given = Object.entries(value).filter(([, item]) => item !== undefined);
  const entries = given.map(([key, item]): [string, MapEntry] => {
    const below = [...path, key];
    const node = isForbiddenKey(key)
      ? refused(below, 'is unknown; this key is never allowed', reading, 'CONFIG_UNKNOWN_KEY')
      : nodeOf(item, below, reading);
    return [key, { key: reading.origin, node }];
  });
  return { kind: 'map', origin: reading.origin, entries: new Map(entries) };
}

function refused(path: Path, message: string, { origin, pathPrefix }: Reading, code: ProblemCode): ConfigurationNode {
  return { kind: 'refused', origin, problems: [problemAt(origin, formatPath(pathPrefix, path), message, { code })] };
}
