/**
 * Turns a parsed YAML document into a tree: follows aliases, lays merge keys (`<<`) out, fills in variables, refuses what is written twice.
 * A value that came through an alias or a merge key keeps the place where its text stands.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Scalar,
  type Alias,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
  type ScalarTag,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import {
  formatPath,
  problemAt,
  type ConfigurationProblem,
  type ProblemCode,
  type Origin,
  type Path,
} from '../configuration-problem.js';
import type { Environment } from '../environment.js';
import type { UnreadableFile } from '../files/bounded-file.js';
import { decryptText } from '../secrets/encrypted-text.js';
import { lookUpKey, type KeyLookup } from '../secrets/configuration-key.js';
import {
  DEEPEST_NESTING,
  isForbiddenKey,
  kindOf,
  type ConfigurationNode,
  type MapEntry,
  type RefusedNode,
  type SuppliedText,
} from './configuration-node.js';
import { interpolate } from './interpolation.js';
import { losesDigits, readPlainScalar } from './plain-scalar.js';

interface BuilderSource {
  readonly file: string;
  readonly environment: Environment;
  readonly pathPrefix: string | undefined;
  /** Where relative paths in `${file:…}` start; absolute. Default: the working directory. */
  readonly directory?: string;
  /** The variable that holds the text. Nothing in it is a reference to another one. */
  readonly variable?: string;
}

const ENCRYPTED_TAG = '!encrypted';
/** The one tag that YAML may have here: the parser lets it pass, and the builder decrypts what it marks. */
export const encryptedTag: ScalarTag = { tag: ENCRYPTED_TAG, resolve: (written) => written };

const MOST_ALIASES = 100;
/** Counted after aliases are followed: a few of them can stand for billions of values. */
const MOST_NODES = 10_000;
/** Characters that variables and files may bring into one file, aliases followed: as many as the file itself may have. */
const MOST_INTERPOLATED = 1024 * 1024;
const MERGE_KEY = '<<';

const SENTENCES = {
  depth: `is nested deeper than ${DEEPEST_NESTING} levels`,
  nodes: `the file holds more than ${MOST_NODES} values, aliases followed`,
  interpolated: 'the variables and files that this file refers to hold more than 1 MiB',
  aliases: `the file uses more than ${MOST_ALIASES} aliases`,
  alias: 'refers to an anchor that is not defined above; put a text that begins with * in quotes',
  cycle: 'refers to an anchor around itself',
  key: 'a key must be text, not a list, a map or an alias',
  forbidden: 'is unknown; this key is never allowed',
  merge: 'must be an alias of a map, or a list of such aliases',
  octal: 'begins with a zero, which some read as octal; remove the zero, or put it in quotes to keep it as text',
  digits: 'is a number too large to be kept exactly; put it in quotes to keep it as text',
};

export class YamlTreeBuilder {
  readonly #source: BuilderSource;
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, Node>();
  readonly #anchored = new Set<Node>();
  /** What an alias refers to is decided when it is first met: an anchor's name may be given again further down. */
  readonly #targets = new Map<Alias, Node | undefined>();
  readonly #open = new Set<Node>();
  #aliases = 0;
  /** One for all that is beyond the limit. */
  #exhausted: RefusedNode | undefined;
  #nodes = 0;
  /** Looked for when the first encrypted value is met. */
  #key: KeyLookup | undefined;
  readonly #files = new Map<string, string | UnreadableFile | undefined>();
  #charactersReferred = 0;

  constructor(source: BuilderSource, lines: LineCounter) {
    this.#source = source;
    this.#lines = lines;
  }

  build(document: Document): ConfigurationNode {
    return this.#node(document.contents, [], { file: this.#source.file, line: 1, column: 1 });
  }

  /** @param around the place of the key, for a value that is not written at all */
  #node(node: unknown, path: Path, around: Origin): ConfigurationNode {
    if (!isAlias(node) && !isMap(node) && !isSeq(node) && !isScalar(node))
      return { kind: 'scalar', origin: around, value: null, isUnwritten: true };
    const isWritten = !isScalar(node) || node.source !== '' || node.type !== Scalar.PLAIN;
    const origin = isWritten ? this.#origin(node) : around;
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES)
      return (this.#exhausted ??= this.#refused(origin, [], SENTENCES.nodes, 'CONFIG_LIMIT'));
    if (path.length > DEEPEST_NESTING)
      return this.#refused(origin, path.slice(0, DEEPEST_NESTING), SENTENCES.depth, 'CONFIG_LIMIT');
    if (isAlias(node)) return this.#alias(node, path, origin);
    this.#remember(node);
    if (isScalar(node))
      return isWritten ? this.#scalar(node, path, origin) : { kind: 'scalar', origin, value: null, isUnwritten: true };
    this.#open.add(node);
    const built = isMap(node) ? this.#map(node, path, origin) : this.#list(node, path, origin);
    this.#open.delete(node);
    return built;
  }

  /** Once: when an alias leads here again, the name may belong to a later anchor. */
  #remember(node: Node): void {
    if (!('anchor' in node) || node.anchor === undefined || this.#anchored.has(node)) return;
    this.#anchored.add(node);
    this.#anchors.set(node.anchor, node);
  }

  #alias(alias: Alias, path: Path, origin: Origin): ConfigurationNode {
    this.#aliases += 1;
    if (this.#aliases > MOST_ALIASES) return this.#refused(origin, path, SENTENCES.aliases, 'CONFIG_LIMIT');
    if (!this.#targets.has(alias)) this.#targets.set(alias, this.#anchors.get(alias.source));
    const target = this.#targets.get(alias);
    if (target === undefined) return this.#refused(origin, path, SENTENCES.alias, 'CONFIG_SYNTAX');
    if (this.#open.has(target)) return this.#refused(origin, path, SENTENCES.cycle, 'CONFIG_SYNTAX');
    return this.#node(target, path, origin);
  }

  #list(node: YAMLSeq, path: Path, origin: Origin): ConfigurationNode {
    return { kind: 'list', origin, items: node.items.map((item, index) => this.#node(item, [...path, index], origin)) };
  }

  /** Keys of the map itself win over merged ones, and earlier merged maps over later ones. */
  #map(node: YAMLMap, path: Path, origin: Origin): ConfigurationNode {
    const own = new Map<string, MapEntry>();
    let merged: Map<string, MapEntry> | undefined;
    for (const pair of node.items) {
      if (isMergeKey(pair)) {
        merged ??= new Map();
        for (const [key, entry] of this.#mergedEntries(pair, path, origin)) merged.set(key, merged.get(key) ?? entry);
      } else {
        const key = isScalar(pair.key) ? String(pair.key.value ?? '') : '';
        const entry = this.#entry(pair, [...path, key], origin);
        const first = own.get(key);
        own.set(key, first === undefined ? entry : this.#writtenTwice(first, entry, [...path, key]));
      }
    }
    return { kind: 'map', origin, entries: merged === undefined ? own : new Map([...merged, ...own]) };
  }

  #entry(pair: Pair, path: Path, around: Origin): MapEntry {
    if (!isScalar(pair.key))
      return { key: around, node: this.#refused(around, path.slice(0, -1), SENTENCES.key, 'CONFIG_SYNTAX') };
    const at = this.#origin(pair.key, around);
    const node = isForbiddenKey(String(path.at(-1)))
      ? this.#refused(at, path, SENTENCES.forbidden, 'CONFIG_UNKNOWN_KEY')
      : this.#node(pair.value, path, at);
    return { key: at, node };
  }

  #mergedEntries(pair: Pair, path: Path, around: Origin): [string, MapEntry][] {
    const at = isScalar(pair.key) ? this.#origin(pair.key, around) : around;
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    const found: [string, MapEntry][] = [];
    for (const source of sources) {
      const built = this.#node(source, path, at);
      if (built.kind === 'map') found.push(...built.entries);
      else found.push([MERGE_KEY, { key: at, node: this.#unmergeable(built, [...path, MERGE_KEY], at) }]);
    }
    return found;
  }

  #unmergeable(built: ConfigurationNode, path: Path, at: Origin): RefusedNode {
    return built.kind === 'refused'
      ? built
      : this.#refused(at, path, `${SENTENCES.merge}, but is ${kindOf(built)}`, 'CONFIG_WRONG_TYPE');
  }

  #writtenTwice(first: MapEntry, second: MapEntry, path: Path): MapEntry {
    const twice = this.#refused(
      second.key,
      path,
      `is written twice; the first is in line ${first.key.line}`,
      'CONFIG_DUPLICATE_KEY',
    );
    const earlier = first.node.kind === 'refused' ? first.node.problems : [];
    return { key: first.key, node: { ...twice, problems: [...earlier, ...twice.problems] } };
  }

  #scalar(node: Scalar, path: Path, origin: Origin): ConfigurationNode {
    if (node.tag === ENCRYPTED_TAG) return this.#decrypted(String(node.value), path, origin);
    if (this.#source.variable === undefined && typeof node.value === 'string' && node.value.includes('${'))
      return this.#interpolated(node.value, node, path, origin);
    return this.#typed(node.value, node.source, path, origin);
  }

  #decrypted(written: string, path: Path, origin: Origin): ConfigurationNode {
    const found = (this.#key ??= lookUpKey(this.#source.environment));
    if ('reason' in found)
      return this.#refused(origin, path, `cannot be decrypted: ${found.reason}`, 'CONFIG_VALUE_REFUSED');
    const result = decryptText(written, found.key);
    if ('reason' in result) return this.#refused(origin, path, result.reason, 'CONFIG_VALUE_REFUSED');
    const { text } = result;
    return { kind: 'scalar', origin, value: text, supplied: { text, isSecret: true }, warnings: found.warnings };
  }

  #interpolated(text: string, node: Scalar, path: Path, origin: Origin): ConfigurationNode {
    const { environment, directory = process.cwd() } = this.#source;
    const result = interpolate(text, { environment, directory, files: this.#files });
    this.#charactersReferred += result.text.length;
    if (this.#charactersReferred > MOST_INTERPOLATED)
      return this.#refused(origin, path, SENTENCES.interpolated, 'CONFIG_LIMIT');
    if (result.problems.length > 0) {
      const problems = result.problems.map(({ message, code }) => this.#problem(origin, path, message, code));
      return { kind: 'refused', origin, problems };
    }
    const isTyped = result.isWholeVariable && node.type === Scalar.PLAIN && node.tag === undefined;
    const value = isTyped ? readPlainScalar(result.text) : result.text;
    const supplied = result.isLiteral ? undefined : { text: result.text, isSecret: false };
    const built = this.#typed(value, result.text, path, origin, supplied);
    return built.kind === 'scalar' && result.references.length > 0
      ? { ...built, references: result.references }
      : built;
  }

  #typed(
    value: unknown,
    source: string | undefined,
    path: Path,
    origin: Origin,
    supplied?: SuppliedText,
  ): ConfigurationNode {
    if (typeof value === 'number' && source !== undefined && /^[-+]?0\d+$/.test(source)) {
      // What a variable holds may be a secret of digits. As a text it is still refused where a number is needed.
      if (supplied) return { kind: 'scalar', origin, value: source, supplied };
      return this.#refused(origin, path, SENTENCES.octal, 'CONFIG_WRONG_TYPE');
    }
    if (losesDigits(value, source)) return this.#refused(origin, path, SENTENCES.digits, 'CONFIG_WRONG_TYPE');
    // The core schema of YAML 1.2 makes nothing but these; `undefined` cannot come from text.
    const scalar = (value ?? null) as string | number | boolean | null;
    return { kind: 'scalar', origin, value: scalar, ...(supplied && { supplied }) };
  }

  #refused(origin: Origin, path: Path, message: string, code: ProblemCode): RefusedNode {
    return { kind: 'refused', origin, problems: [this.#problem(origin, path, message, code)] };
  }

  #problem(origin: Origin, path: Path, message: string, code: ProblemCode): ConfigurationProblem {
    return problemAt(origin, formatPath(this.#source.pathPrefix, path), message, { code });
  }

  #origin(node: Node, otherwise?: Origin): Origin {
    const { file, variable } = this.#source;
    // A place inside the text of a variable is nothing that one can go to.
    if (variable !== undefined) return { file, line: 1, column: 1, variable };
    if (!node.range) return otherwise ?? { file, line: 1, column: 1 };
    const { line, col } = this.#lines.linePos(node.range[0]);
    return { file, line, column: col };
  }
}

/** Only the bare word: `"<<"` in quotes is a key like any other. */
function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === MERGE_KEY && pair.key.type === Scalar.PLAIN;
}
