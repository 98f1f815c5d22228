/** The graph of plugins as a tree for people. */
import { printableText, type DependencyGraph, type GraphEdge } from '../../host/index.js';

/**
 * Each plugin that no other needs is a root; the plugins that it needs are below it. They are printed once: where the plugin occurs again,
 * it is followed by "see above".
 */
export function renderGraphText(graph: DependencyGraph, statusOf: (name: string) => string): string {
  if (graph.nodes().length === 0) return 'No plugins were found.';
  return new GraphTree(graph, statusOf).lines().join('\n');
}

class GraphTree {
  readonly #graph: DependencyGraph;
  readonly #statusOf: (name: string) => string;
  /** The version is `undefined` for a plugin that could not be loaded. */
  readonly #versions: ReadonlyMap<string, string | undefined>;
  readonly #wrongVersions: ReadonlySet<string>;
  readonly #expanded = new Set<string>();
  /** The plugins from the root down to the current one. */
  readonly #above = new Set<string>();
  readonly #lines: string[] = [];

  constructor(graph: DependencyGraph, statusOf: (name: string) => string) {
    this.#graph = graph;
    this.#statusOf = statusOf;
    this.#versions = new Map(graph.nodes().map(({ name, version }) => [name, version]));
    const wrong = graph.problems().filter((problem) => problem.kind === 'version');
    this.#wrongVersions = new Set(wrong.map(({ plugin, dependency }) => edgeKey(plugin, dependency)));
  }

  lines(): readonly string[] {
    const needed = new Set(this.#graph.edges().map(({ dependency }) => dependency));
    const names = [...this.#versions.keys()];
    const roots = names.filter((name) => !needed.has(name));
    // A cycle has no root: its first plugin becomes one.
    for (const name of [...roots, ...names]) {
      if (this.#expanded.has(name)) continue;
      this.#lines.push(this.#label(name));
      this.#below(name, '');
    }
    return this.#lines;
  }

  #below(name: string, indent: string): void {
    this.#expanded.add(name);
    this.#above.add(name);
    const edges = this.#graph.edges(name);
    for (const [position, edge] of edges.entries()) {
      const { dependency, found } = edge;
      const isLast = position === edges.length - 1;
      const isNew = found !== undefined && !this.#expanded.has(dependency);
      this.#lines.push(`${indent}${isLast ? '└── ' : '├── '}${this.#edgeLabel(edge)}${this.#repetition(dependency)}`);
      if (isNew) this.#below(dependency, `${indent}${isLast ? '    ' : '│   '}`);
    }
    this.#above.delete(name);
  }

  #edgeLabel({ plugin, dependency, range, optional, found }: GraphEdge): string {
    const terms = [range];
    if (optional) terms.push('optional');
    if (found === undefined) terms.push('not found');
    if (this.#wrongVersions.has(edgeKey(plugin, dependency))) terms.push('wrong version');
    return `${this.#label(dependency)} (${printableText(terms.join(', '))})`;
  }

  #repetition(dependency: string): string {
    if (this.#above.has(dependency)) return ' - cycle';
    return this.#expanded.has(dependency) && this.#graph.edges(dependency).length > 0 ? ' - see above' : '';
  }

  #label(name: string): string {
    const status = this.#statusOf(name);
    if (!this.#versions.has(name)) return printableText(name);
    const version = this.#versions.get(name);
    const known = version === undefined ? name : `${name} ${version}`;
    return printableText(status === 'startable' ? known : `${known} [${status}]`);
  }
}

/** Plugin names have no space in them. */
function edgeKey(plugin: string, dependency: string): string {
  return `${plugin} ${dependency}`;
}
