/**
 * Reads YAML of the simplest form without the parser, which takes most of the time of a start with many plugins: maps in blocks, lists of single
 * values, values and flow collections on one line. Whatever has any other form is left to the parser. A test holds both against each other.
 */
import type { Origin, Path } from '../configuration-problem.js';
import {
  DEEPEST_NESTING,
  isForbiddenKey,
  MOST_NODES,
  type ConfigurationNode,
  type MapEntry,
  type MapNode,
} from './configuration-node.js';
import { readPlainScalar } from './plain-scalar.js';
import { ScalarReader, type ScalarSource } from './yaml-scalars.js';

const LONGEST_LINE = 400;

/** Line breaks and what is printed; no tabs, no separators of lines or paragraphs that only some readers take for line breaks. */
const PRINTABLE = /^[\n\x20-\x7e\u00a1-\u1fff\u2010-\u2027\u2030-\ud7ff]*$/;
const KEY = '[A-Za-z_][\\w-]{0,99}';
/** Neither begins nor continues as anything but text, a number or a reference to a variable. */
const WORD = '(?:[\\w./+=@~${}-]|:(?=[\\w./$-]))+';
const PLAIN = `(?=[\\w./+$]|-[\\w.])${WORD}(?: (?!-+ )${WORD})*`;
const QUOTED = `'[^'\\n]*'|"[^"\\\\\\n]*"`;
/** In brackets, where commas and braces separate. */
const FLOW_WORD = '(?:\\w[\\w./+-]*|/[\\w./-]+)';
const FLOW_LIST = `\\[ ?(?:${FLOW_WORD}(?:, ${FLOW_WORD})*)? ?\\]`;
const FLOW_MAP = `\\{ ?(?:${KEY}: ${FLOW_WORD}(?:, ${KEY}: ${FLOW_WORD})*)? ?\\}`;
const VALUE = `${PLAIN}|${QUOTED}|${FLOW_LIST}|${FLOW_MAP}`;
const NOTHING = /^ *(?:#.*)?$/;
const LINE = new RegExp(`^( *)(?:(${KEY}):|-)(?: +(${VALUE}))? *(?: #.*)?$`);

interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly indent: number;
  /** `undefined` for an item of a list. */
  readonly key: string | undefined;
  /** `undefined` where it stands below, or nowhere. */
  readonly value: string | undefined;
  /** Column of the value, counted from 1. */
  readonly column: number;
}

/** `undefined` for what is not in the simplest form, right or wrong. */
export function readSimpleYaml(text: string, source: ScalarSource): MapNode | undefined {
  if (source.variable !== undefined || !PRINTABLE.test(text)) return undefined;
  const lines: Line[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (NOTHING.test(line)) continue;
    const read = line.length > LONGEST_LINE ? undefined : lineOf(line, index + 1);
    if (!read) return undefined;
    lines.push(read);
  }
  return lines.length === 0 || lines.length > MOST_NODES ? undefined : new SimpleYaml(lines, source).read();
}

function lineOf(line: string, number: number): Line | undefined {
  const [whole, { length: indent } = '', key, value] = LINE.exec(line) ?? [];
  if (whole === undefined) return undefined;
  const before = indent + (key === undefined ? 1 : key.length + 1);
  const column = value === undefined ? 0 : line.slice(before).search(/[^ ]/) + before + 1;
  return { number, indent, key, value, column };
}

class SimpleYaml {
  readonly #lines: readonly Line[];
  readonly #file: string;
  readonly #scalars: ScalarReader;
  #next = 0;
  /** The root is one. */
  #nodes = 1;
  /** Keys in braces that are written twice or are never allowed. */
  #hasOddKeys = false;

  constructor(lines: readonly Line[], source: ScalarSource) {
    this.#lines = lines;
    this.#file = source.file;
    this.#scalars = new ScalarReader(source);
  }

  read(): MapNode | undefined {
    const [first] = this.#lines;
    const root = first?.indent === 0 ? this.#map(0, []) : undefined;
    const isAll = this.#next === this.#lines.length && this.#nodes <= MOST_NODES && !this.#hasOddKeys;
    return isAll ? root : undefined;
  }

  #map(indent: number, path: Path): MapNode | undefined {
    const start = this.#lines[this.#next];
    if (!start || path.length + 2 > DEEPEST_NESTING) return undefined;
    const entries = new Map<string, MapEntry>();
    for (let line = this.#lines[this.#next]; line?.indent === indent; line = this.#lines[this.#next]) {
      const { key } = line;
      if (key === undefined || entries.has(key) || isForbiddenKey(key)) return undefined;
      this.#next += 1;
      const at = this.#origin(line, indent + 1);
      const node = this.#value(line, [...path, key], at);
      if (!node) return undefined;
      entries.set(key, { key: at, node });
    }
    return this.#isOver(indent) ? { kind: 'map', origin: this.#origin(start, indent + 1), entries } : undefined;
  }

  #list(indent: number, path: Path): ConfigurationNode | undefined {
    const start = this.#lines[this.#next];
    if (!start || path.length + 2 > DEEPEST_NESTING) return undefined;
    const items: ConfigurationNode[] = [];
    for (let line = start; line.indent === indent && line.key === undefined;) {
      if (line.value === undefined) return undefined;
      this.#next += 1;
      items.push(this.#inline(line.value, line, [...path, items.length]));
      const next = this.#lines[this.#next];
      if (!next) break;
      line = next;
    }
    return this.#isOver(indent, true) ? { kind: 'list', origin: this.#origin(start, indent + 1), items } : undefined;
  }

  /** A line that is indented by more belongs to the value above, in a form that is not read here. */
  #isOver(indent: number, isList = false): boolean {
    const next = this.#lines[this.#next];
    return next === undefined || next.indent < indent || (isList && next.indent === indent);
  }

  /** @param around the place of the key, for a value that is not written at all */
  #value(line: Line, path: Path, around: Origin): ConfigurationNode | undefined {
    if (line.value !== undefined) return this.#inline(line.value, line, path);
    const below = this.#lines[this.#next];
    if (below && (below.indent > line.indent || (below.indent === line.indent && below.key === undefined))) {
      this.#nodes += 1;
      return below.key === undefined ? this.#list(below.indent, path) : this.#map(below.indent, path);
    }
    this.#nodes += 1;
    return { kind: 'scalar', origin: around, value: null, isUnwritten: true };
  }

  #inline(text: string, line: Line, path: Path, column = line.column): ConfigurationNode {
    this.#nodes += 1;
    const origin = this.#origin(line, column);
    const [opening] = text;
    if (opening === '[') {
      const items = [...parts(text)].map(([at, item], index) =>
        this.#inline(item, line, [...path, index], column + at),
      );
      return { kind: 'list', origin, items };
    }
    if (opening === '{') return this.#flowMap(text, line, path, column);
    const isQuoted = opening === "'" || opening === '"';
    const inner = isQuoted ? text.slice(1, -1) : text;
    const value = isQuoted ? inner : plainValue(inner);
    return this.#scalars.read({ value, source: inner, isPlain: !isQuoted }, path, origin);
  }

  #flowMap(text: string, line: Line, path: Path, column: number): ConfigurationNode {
    const entries = new Map<string, MapEntry>();
    for (const [at, entry] of parts(text)) {
      const [key = '', value = ''] = entry.split(': ', 2);
      const node = this.#inline(value, line, [...path, key], column + at + key.length + 2);
      if (entries.has(key) || isForbiddenKey(key)) this.#hasOddKeys = true;
      entries.set(key, { key: this.#origin(line, column + at), node });
    }
    return { kind: 'map', origin: this.#origin(line, column), entries };
  }

  #origin({ number: line }: Line, column: number): Origin {
    return { file: this.#file, line, column };
  }
}

/** What is between the brackets, each with where it begins in the text. */
function* parts(text: string): Iterable<[at: number, part: string]> {
  for (const { 0: part, index } of text.matchAll(/[^ ,[\]{}][^,[\]{}]*[^ ,[\]{}]|[^ ,[\]{}]/g)) yield [index, part];
}

/** Words that YAML may read as something else than text. */
const TYPED = /^(?:true|false|null|[-+.\d].*)$/i;

function plainValue(text: string): string | number | boolean | null {
  if (!TYPED.test(text)) return text;
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(text) ? Number(text) : readPlainScalar(text);
}
