/**
 * Configuration as a tree whose every value knows where it was written. All sources (YAML, objects, the environment) become such a tree;
 * trees are laid over one another, and only then become values. Pure data; reading and binding are elsewhere.
 */
import type { ConfigurationProblem, Origin, Path } from '../configuration-problem.js';

export interface MapEntry {
  /** The place of the key. */
  readonly key: Origin;
  readonly node: ConfigurationNode;
}

export interface MapNode {
  readonly kind: 'map';
  readonly origin: Origin;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

interface ListNode {
  readonly kind: 'list';
  readonly origin: Origin;
  readonly items: readonly ConfigurationNode[];
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly origin: Origin;
  readonly value: string | number | boolean | null;
  /** Absent where the text stands in the file as it is. */
  readonly supplied?: SuppliedText;
  /** Found while it was read; the value can be used. */
  readonly warnings?: readonly ConfigurationProblem[];
  /** The variables and files that its text was made of: `NAME`, `file:/run/secrets/key`. Absent where it stands as written. */
  readonly references?: readonly string[];
  /** A key with nothing after it: `null`, but over a map it says nothing, because all lines of that map may be comments. */
  readonly isUnwritten?: true;
}

/** A text that does not stand in the file itself: a reference in the file led to it, it was decrypted, or code gave it. */
export interface SuppliedText {
  /** Before it was read as YAML: `007` and not 7. */
  readonly text: string;
  /** Its source keeps it from being seen: it was encrypted, or given as a `Secret`. */
  readonly isSecret: boolean;
}

/** Something that cannot be used; its problems have been found while it was read. */
export interface RefusedNode {
  readonly kind: 'refused';
  readonly origin: Origin;
  readonly problems: readonly ConfigurationProblem[];
}

export type ConfigurationNode = MapNode | ListNode | ScalarNode | RefusedNode;

/** What the path leads to, or, where it leads nowhere, the nearest place on the way. */
export interface Location {
  readonly origin: Origin;
  /** `undefined` when nothing is written there. A refused node on the way stands for all that is below it. */
  readonly node: ConfigurationNode | undefined;
  /** The path leads there and not only towards it. */
  readonly isExact: boolean;
}

/** Deeper nesting is refused, also by every reader. */
export const DEEPEST_NESTING = 64;

/** Values in one file, counted after aliases are followed: a few of them can stand for billions. */
export const MOST_NODES = 10_000;

/** Keys that reach into the prototype of an object, and the merge key, which stands for other keys. They are unknown keys everywhere. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '<<']);

export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

/** `x-common: &common …` holds what other places refer to, as in the files of Docker Compose; it sets nothing. */
export function isForAnchors(key: string): boolean {
  return key.startsWith('x-');
}

/** @param at whether the last segment stands for its key or for its value */
export function locate(root: ConfigurationNode, path: Path, at: 'key' | 'value'): Location {
  let node = root;
  let origin = root.origin;
  for (const [index, segment] of path.entries()) {
    if (node.kind === 'refused') return { origin, node, isExact: false };
    const child = childOf(node, segment);
    if (child === undefined) return { origin, node: undefined, isExact: false };
    origin = at === 'value' && index === path.length - 1 ? child.node.origin : child.key;
    node = child.node;
  }
  return { origin, node, isExact: true };
}

function childOf(node: ConfigurationNode, segment: string | number): MapEntry | undefined {
  if (node.kind === 'map') return node.entries.get(String(segment));
  if (node.kind !== 'list') return undefined;
  const item = node.items[Number(segment)];
  return item && { key: item.origin, node: item };
}

/**
 * The value of a node, a new one for each caller. Maps become ordinary objects: keys are defined and never assigned, and the reader
 * has refused those that reach a prototype, so that nothing in a file can change one. What was refused is left out.
 */
export function toValue(node: ConfigurationNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toValue);
    case 'map':
      return Object.fromEntries(
        [...node.entries].filter(([key]) => !isForbiddenKey(key)).map(([key, entry]) => [key, toValue(entry.node)]),
      );
    case 'refused':
      return undefined;
  }
}

/** The problems of every refused node at or below `node`. */
export function refusalsWithin(node: ConfigurationNode): ConfigurationProblem[] {
  const found: ConfigurationProblem[] = [];
  collectRefusals(node, found);
  return found;
}

/** Into one list: nearly always there is nothing, and a list for each value would be most of the work. */
function collectRefusals(node: ConfigurationNode, found: ConfigurationProblem[]): void {
  if (node.kind === 'refused') found.push(...node.problems);
  else if (node.kind === 'list') for (const item of node.items) collectRefusals(item, found);
  else if (node.kind === 'map') for (const entry of node.entries.values()) collectRefusals(entry.node, found);
}

/** The warnings at or below `node`. */
export function warningsWithin(node: ConfigurationNode): ConfigurationProblem[] {
  switch (node.kind) {
    case 'scalar':
      return [...(node.warnings ?? [])];
    case 'list':
      return node.items.flatMap(warningsWithin);
    case 'map':
      return [...node.entries.values()].flatMap((entry) => warningsWithin(entry.node));
    case 'refused':
      return [];
  }
}

/** `upper` laid over `lower`: maps key by key, anything else is replaced, but what was refused stays refused. Each value keeps its own place. */
export function overlay(lower: ConfigurationNode, upper: ConfigurationNode): ConfigurationNode {
  if (lower.kind === 'refused') return { ...lower, problems: [...lower.problems, ...refusalsWithin(upper)] };
  if (lower.kind === 'map' && upper.kind === 'scalar' && upper.isUnwritten) return lower;
  if (lower.kind !== 'map' || upper.kind !== 'map') return upper;
  const entries = new Map(lower.entries);
  for (const [key, entry] of upper.entries) {
    const below = entries.get(key);
    entries.set(key, below ? { key: entry.key, node: overlay(below.node, entry.node) } : entry);
  }
  return { kind: 'map', origin: lower.origin, entries };
}

/** Maps with one key each around `node`, all at its place. */
export function mapAround(path: readonly string[], node: ConfigurationNode): MapNode {
  const { origin } = node;
  const inner = path.toReversed().reduce<ConfigurationNode>((below, key) => mapWith(key, below, origin), node);
  return inner.kind === 'map' ? inner : { kind: 'map', origin, entries: new Map() };
}

function mapWith(key: string, node: ConfigurationNode, origin: Origin): MapNode {
  return { kind: 'map', origin, entries: new Map([[key, { key: origin, node }]]) };
}

/** For messages: what an operator calls this kind of node. */
export function kindOf(node: ConfigurationNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  return node.kind === 'scalar' ? kindOfScalar(node.value) : 'unreadable';
}

function kindOfScalar(value: ScalarNode['value']): string {
  if (value === null) return 'empty';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'number' ? 'a number' : 'true or false';
}
