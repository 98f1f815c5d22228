/**
 * Which plugin needs which, computed from manifests alone: the order of starting and stopping, and what is wrong with it.
 * Knows nothing of Nest, files or configuration.
 */
import { nearestWord } from '../../common/index.js';
import { isInRange } from '../version-range.js';
import { stronglyConnectedComponents } from './components.js';
import { cyclesWithin } from './cycles.js';

/** A plugin as the graph sees it. */
export interface GraphNode {
  readonly name: string;
  /** `undefined` where it could not be loaded: for those that depend on it, it is absent. */
  readonly version: string | undefined;
  /** Plugin name to semver range: the plugin cannot start without them. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Plugin name to semver range: started first where present, ignored where absent. */
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** One dependency of one plugin. */
export interface GraphEdge {
  readonly plugin: string;
  readonly dependency: string;
  readonly range: string;
  readonly optional: boolean;
  /** The version that is there, `undefined` where the dependency is absent. */
  readonly found: string | undefined;
}

export type GraphProblem =
  | {
      readonly kind: 'missing';
      readonly plugin: string;
      readonly dependency: string;
      readonly range: string;
      readonly meant: string | undefined;
    }
  | {
      readonly kind: 'version';
      readonly plugin: string;
      readonly dependency: string;
      readonly range: string;
      readonly found: string;
    }
  | { readonly kind: 'cycle'; readonly path: readonly string[] };

export class DependencyGraph {
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  /** By plugin, sorted by dependency. The graph never changes, and its edges are asked for at each step of each walk. */
  readonly #edges: ReadonlyMap<string, readonly GraphEdge[]>;
  readonly #dependencies: ReadonlyMap<string, readonly string[]>;
  /** Those that cannot run without a plugin, by its name. */
  readonly #dependents = new Map<string, string[]>();
  readonly #components: readonly (readonly string[])[];

  /** @param nodes one per plugin name, in any order: it has no influence on the answers */
  constructor(nodes: Iterable<GraphNode>) {
    const sorted = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#nodes = new Map(sorted.map((node) => [node.name, node]));
    this.#edges = new Map(sorted.map((node) => [node.name, this.#edgesOf(node)]));
    const present = (edges: readonly GraphEdge[]): string[] =>
      edges.flatMap(({ dependency, found }) => (found === undefined ? [] : [dependency]));
    this.#dependencies = new Map([...this.#edges].map(([name, edges]) => [name, present(edges)]));
    for (const { name, dependencies } of sorted) {
      for (const dependency of Object.keys(dependencies)) {
        const dependents = this.#dependents.get(dependency);
        if (dependents) dependents.push(name);
        else this.#dependents.set(dependency, [name]);
      }
    }
    this.#components = stronglyConnectedComponents([...this.#nodes.keys()], (name) => this.dependenciesOf(name));
  }

  /** Every plugin, sorted by name. */
  nodes(): GraphNode[] {
    return [...this.#nodes.values()];
  }

  /** Every dependency that a manifest names, absent ones too, sorted by plugin and dependency. Without a name: those of all plugins. */
  edges(name?: string): readonly GraphEdge[] {
    return name === undefined ? [...this.#edges.values()].flat() : (this.#edges.get(this.#node(name).name) ?? []);
  }

  /** The present plugins that start before `name`: its dependencies, optional ones included. Sorted by name. */
  dependenciesOf(name: string): readonly string[] {
    return this.#dependencies.get(this.#node(name).name) ?? [];
  }

  /** The plugins that name `name` as a dependency that they cannot run without. Sorted by name. */
  directDependentsOf(name: string): readonly string[] {
    return this.#dependents.get(this.#node(name).name) ?? [];
  }

  /**
   * All plugins in groups: those of one group start at the same time, after all groups before theirs.
   * The plugins of a cycle, which cannot start, share a group.
   */
  levels(): string[][] {
    const levelOf = new Map<string, number>();
    const levels: string[][] = [];
    for (const component of this.#components) {
      const below = component
        .flatMap((name) => this.dependenciesOf(name))
        .map((dependency) => levelOf.get(dependency) ?? -1);
      const level = below.reduce((highest, one) => Math.max(highest, one), -1) + 1;
      for (const name of component) levelOf.set(name, level);
      (levels[level] ??= []).push(...component);
    }
    return levels.map((names) => names.sort());
  }

  /** Everything that is wrong with the graph: absent plugins and wrong versions by plugin, then cycles. */
  problems(): GraphProblem[] {
    const nearest = new NearestNames(
      this.nodes().flatMap(({ name, version }) => (version === undefined ? [] : [name])),
    );
    return [...this.edges().flatMap((edge) => this.#edgeProblems(edge, nearest)), ...this.#cycles()];
  }

  #edgeProblems({ plugin, dependency, range, optional, found }: GraphEdge, nearest: NearestNames): GraphProblem[] {
    if (found !== undefined)
      return isInRange(found, range) ? [] : [{ kind: 'version', plugin, dependency, range, found }];
    if (optional) return [];
    const meant = this.#nodes.has(dependency) ? undefined : nearest.to(dependency, plugin);
    return [{ kind: 'missing', plugin, dependency, range, meant }];
  }

  #cycles(): GraphProblem[] {
    const paths = this.#components.flatMap((component) => cyclesWithin(component, (name) => this.dependenciesOf(name)));
    return paths.sort((a, b) => (a.join() < b.join() ? -1 : 1)).map((path) => ({ kind: 'cycle', path }));
  }

  #edgesOf(node: GraphNode): GraphEdge[] {
    const edges = [
      ...this.#edgesTo(node, node.dependencies, 'required'),
      ...this.#edgesTo(node, node.optionalDependencies, 'optional'),
    ];
    return edges.sort((a, b) => (a.dependency < b.dependency ? -1 : 1));
  }

  #edgesTo(node: GraphNode, ranges: Readonly<Record<string, string>>, strength: 'required' | 'optional'): GraphEdge[] {
    return Object.entries(ranges).map(([dependency, range]) => ({
      plugin: node.name,
      dependency,
      range,
      optional: strength === 'optional',
      found: this.#nodes.get(dependency)?.version,
    }));
  }

  #node(name: string): GraphNode {
    const node = this.#nodes.get(name);
    if (!node) throw new RangeError(`The graph has no plugin "${name}".`);
    return node;
  }
}

/** Comparing a word with all names is expensive: this many words get a hint. A report with more of them has another cause than a slip of the pen. */
const MAX_HINTS = 50;

class NearestNames {
  readonly #names: readonly string[];
  #compared = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** The name that was probably meant by `word` in the manifest of `plugin`. */
  to(word: string, plugin: string): string | undefined {
    if (this.#compared++ >= MAX_HINTS) return undefined;
    return nearestWord(
      word,
      this.#names.filter((name) => name !== plugin),
    );
  }
}
