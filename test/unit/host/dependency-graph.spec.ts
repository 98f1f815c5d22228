import * as fc from 'fast-check';
import { DependencyGraph, type GraphNode } from '../../../src/host/index.js';

type Ranges = Record<string, string>;

const plugin = (
  name: string,
  dependencies: Ranges = {},
  optionalDependencies: Ranges = {},
  version = '1.0.0',
): GraphNode => ({
  name,
  version,
  dependencies,
  optionalDependencies,
});

const graphOf = (...nodes: GraphNode[]): DependencyGraph => new DependencyGraph(nodes);

describe('the dependency graph', () => {
  it('starts every plugin after what it needs, at the same time as others of its level, and sorts the rest by name', () => {
    const graph = graphOf(
      plugin('shop', { ledger: '*' }, { mail: '*', absent: '*' }),
      plugin('mail'),
      plugin('ledger', { store: '*' }),
      plugin('store'),
    );

    expect(graph.levels()).toEqual([['mail', 'store'], ['ledger'], ['shop']]);
    expect(graph.dependenciesOf('shop')).toEqual(['ledger', 'mail']);
  });

  it('names the plugins that depend on one directly and cannot run without it, and not those for which it is optional', () => {
    const graph = graphOf(
      plugin('store'),
      plugin('ledger', { store: '*' }),
      plugin('shop', { ledger: '*' }),
      plugin('audit', {}, { store: '*' }),
      plugin('admin', { shop: '*', store: '*' }),
    );

    expect(graph.directDependentsOf('store')).toEqual(['admin', 'ledger']);
    expect(graph.directDependentsOf('ledger')).toEqual(['shop']);
    expect(graph.directDependentsOf('audit')).toEqual([]);
  });

  it('names every unmet dependency at once, with what was found or meant instead', () => {
    const graph = graphOf(
      plugin('shop', { ledger: '^2.0.0', mails: '*', 'no-such-thing': '*' }, { absent: '*', mail: '^3.0.0' }),
      plugin('ledger', {}, {}, '1.4.0'),
      plugin('mail'),
    );

    expect(graph.problems()).toEqual([
      { kind: 'version', plugin: 'shop', dependency: 'ledger', range: '^2.0.0', found: '1.4.0' },
      { kind: 'version', plugin: 'shop', dependency: 'mail', range: '^3.0.0', found: '1.0.0' },
      { kind: 'missing', plugin: 'shop', dependency: 'mails', range: '*', meant: 'mail' },
      { kind: 'missing', plugin: 'shop', dependency: 'no-such-thing', range: '*', meant: undefined },
    ]);
  });

  it.each([
    ['1.1.0-rc.1', '^1.0.0', true],
    ['1.0.0-rc.1', '*', true],
    ['1.0.0-rc.1', '^1.0.0', false],
    ['2.0.0-rc.1', '^1.0.0', false],
    ['1.0.0-rc.2', '>=1.0.0-rc.1', true],
  ])('takes the prerelease %s for %s: %p', (version, range, isTaken) => {
    const graph = graphOf(plugin('app', { lib: range }), plugin('lib', {}, {}, version));

    expect(graph.problems()).toEqual(
      isTaken ? [] : [{ kind: 'version', plugin: 'app', dependency: 'lib', range, found: version }],
    );
  });

  it('reports a cycle once, as the path back to where it began, whatever depends on it', () => {
    const graph = graphOf(
      plugin('a', { b: '*' }),
      plugin('c', { b: '*' }),
      plugin('b', { c: '*' }),
      plugin('z', { a: '*' }),
    );

    expect(graph.problems()).toEqual([{ kind: 'cycle', path: ['b', 'c', 'b'] }]);
    expect(graph.levels()).toEqual([['b', 'c'], ['a'], ['z']]);
  });

  it('reports each of several cycles, those through optional dependencies too', () => {
    const graph = graphOf(
      plugin('a', { b: '*', c: '*' }),
      plugin('b', {}, { a: '*' }),
      plugin('c', { b: '*' }),
      plugin('x', { x2: '*' }),
      plugin('x2', { x: '*' }),
    );

    expect(graph.problems()).toEqual([
      { kind: 'cycle', path: ['a', 'b', 'a'] },
      { kind: 'cycle', path: ['a', 'c', 'b', 'a'] },
      { kind: 'cycle', path: ['x', 'x2', 'x'] },
    ]);
  });

  it('takes a chain longer than the stack is deep', () => {
    const length = 20_000;
    const nodes = Array.from({ length }, (_, i) => plugin(`p${i}`, i === 0 ? {} : { [`p${i - 1}`]: '*' }));
    const graph = new DependencyGraph(nodes);

    expect(graph.levels().flat()).toEqual(nodes.map(({ name }) => name));
  });

  it('refuses a name that it does not have', () => {
    expect(() => graphOf().directDependentsOf('toString')).toThrow(RangeError);
  });

  it('F-12 starts no plugin before its dependencies and stops none before its dependents, in 1,000 graphs in any order of registration', () => {
    fc.assert(
      fc.property(acyclicGraphs(), (nodes) => {
        const graph = new DependencyGraph(nodes);
        const position = new Map(
          graph
            .levels()
            .flat()
            .map((name, at) => [name, at]),
        );

        expect(position.size).toBe(nodes.length);
        for (const { name } of nodes) {
          for (const dependency of graph.dependenciesOf(name))
            expect(position.get(dependency)).toBeLessThan(position.get(name) ?? -1);
        }
        expect(graph.problems()).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('F-12 reports only real cycles, each once, and with them every dependency that is part of one, in 1,000 graphs', () => {
    fc.assert(
      fc.property(anyGraphs(), (nodes) => {
        const graph = new DependencyGraph(nodes);
        const paths = graph.problems().flatMap((problem) => (problem.kind === 'cycle' ? [problem.path] : []));
        const edgesOfPaths = paths.flatMap((path) => path.slice(1).map((to, at) => `${path[at]} ${to}`));

        for (const path of paths) {
          expect(path.at(-1)).toBe(path[0]);
          expect(new Set(path).size).toBe(path.length - 1);
        }
        expect(new Set(paths.map((path) => path.join())).size).toBe(paths.length);
        expect(new Set(edgesOfPaths)).toEqual(new Set(edgesThatCanReturn(graph)));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Found the plain way, by walking from the end of each edge back to its start. */
function edgesThatCanReturn(graph: DependencyGraph): string[] {
  const reachable = (from: string): Set<string> => {
    const seen = new Set([from]);
    for (const name of seen) for (const next of graph.dependenciesOf(name)) seen.add(next);
    return seen;
  };
  return graph
    .edges()
    .flatMap(({ plugin: from, dependency: to }) => (reachable(to).has(from) ? [`${from} ${to}`] : []));
}

/** Up to 30 plugins, each needing some of those before it, so that there is no cycle; then shuffled. */
function acyclicGraphs(): fc.Arbitrary<GraphNode[]> {
  return picks(30)
    .map((rows) => rows.map((row, i) => node(i, i === 0 ? [] : row.map(([to, kind]) => [to % i, kind]))))
    .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
}

/** Up to 12 plugins, each needing any others, required or optional. */
function anyGraphs(): fc.Arbitrary<GraphNode[]> {
  return picks(12).map((rows) =>
    rows.map((row, i) =>
      node(
        i,
        row.map(([to, kind]): Pick => [to % rows.length, kind]).filter(([to]) => to !== i),
      ),
    ),
  );
}

type Pick = [to: number, kind: 'required' | 'optional'];

function picks(maxLength: number): fc.Arbitrary<Pick[][]> {
  return fc.array(
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('required' as const, 'optional' as const)), { maxLength: 4 }),
    { maxLength },
  );
}

function node(i: number, chosen: readonly Pick[]): GraphNode {
  const kindOf = new Map(chosen);
  const rangesOf = (wanted: string): Ranges =>
    Object.fromEntries([...kindOf].flatMap(([to, kind]) => (kind === wanted ? [[`p${to}`, '^1.0.0']] : [])));
  return plugin(`p${i}`, rangesOf('required'), rangesOf('optional'));
}
