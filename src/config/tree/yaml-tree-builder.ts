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
import {
  DEEPEST_NESTING,
  isForbiddenKey,
  kindOf,
  MOST_NODES,
  type ConfigurationNode,
  type MapEntry,
  type RefusedNode,
} from './configuration-node.js';
import { ScalarReader, type ScalarSource, type YamlScalar } from './yaml-scalars.js';

const MOST_ALIASES = 100;
const MERGE_KEY = '<<';

const SENTENCES = {
  depth: `is nested deeper than ${DEEPEST_NESTING} levels`,
  nodes: `the file holds more than ${MOST_NODES} values, aliases followed`,
  aliases: `the file uses more than ${MOST_ALIASES} aliases`,
  alias: 'refers to an anchor that is not defined above; put a text that begins with * in quotes',
  cycle: 'refers to an anchor around itself',
  key: 'a key must be text, not a list, a map or an alias',
  forbidden: 'is unknown; this key is never allowed',
  merge: 'must be an alias of a map, or a list of such aliases',
};

export class YamlTreeBuilder {
  readonly #source: ScalarSource;
  readonly #scalars: ScalarReader;
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

  constructor(source: ScalarSource, lines: LineCounter) {
    this.#source = source;
    this.#scalars = new ScalarReader(source);
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
      return isWritten
        ? this.#scalars.read(scalarOf(node), path, origin)
        : { kind: 'scalar', origin, value: null, isUnwritten: true };
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

function scalarOf({ value, source, type, tag }: Scalar): YamlScalar {
  return { value, source, isPlain: type === Scalar.PLAIN, tag };
}
