/** How much of the graph is looked at: every walk must be linear in plugins and edges, whatever the shape. */
import { jest } from '@jest/globals';
import { DependencyGraph } from '../../../../src/host/graph/dependency-graph.js';
import type { PluginCatalog, PluginEntry } from '../../../../src/host/index.js';
import type { PluginInstance } from '../../../../src/lifecycle/instance/plugin-instance.js';
import { planCommand } from '../../../../src/lifecycle/commands/plugin-plan.js';
import { Orchestrator } from '../../../../src/lifecycle/orchestration/orchestrator.js';
import { PluginGraph } from '../../../../src/lifecycle/orchestration/plugin-graph.js';
import type { PluginRuntime } from '../../../../src/lifecycle/orchestration/plugin-runtime.js';
import { PluginStanding } from '../../../../src/lifecycle/orchestration/plugin-standing.js';
import { FakeClock } from '../../../support/fake-clock.js';

/** Looks at a plugin or an edge, for each plugin and edge of the graph: a start with a restart and a stop has some eight transitions. */
const VISITS_PER_ELEMENT = 60;

interface Shape {
  /** By plugin: what it depends on. */
  readonly plugins: Readonly<Record<string, readonly string[]>>;
  readonly failing?: string;
}

const nameOf = (number: number): string => `p${String(number).padStart(4, '0')}`;

function shape(size: number, dependenciesOf: (number: number) => readonly number[], failing?: number): Shape {
  const plugins = Array.from({ length: size }, (_, number) => [nameOf(number), dependenciesOf(number).map(nameOf)]);
  return { plugins: Object.fromEntries(plugins), ...(failing !== undefined && { failing: nameOf(failing) }) };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

function layers(width: number, count: number, failing?: number): Shape {
  const below = (number: number): number[] => {
    const start = (Math.floor(number / width) - 1) * width;
    return start < 0 ? [] : range(start, start + width);
  };
  return shape(width * count, below, failing);
}

/** The graph, counting what is looked at. */
class CountingGraph extends PluginGraph {
  visits = 0;

  override dependenciesOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return this.#counted(super.dependenciesOf(runtime));
  }
  override dependentsOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return this.#counted(super.dependentsOf(runtime));
  }
  override requires(runtime: PluginRuntime, dependency: PluginRuntime): boolean {
    this.visits++;
    return super.requires(runtime, dependency);
  }
  #counted(runtimes: readonly PluginRuntime[]): readonly PluginRuntime[] {
    this.visits += 1 + runtimes.length;
    return runtimes;
  }
}

function orchestration({ plugins, failing }: Shape): {
  graph: CountingGraph;
  orchestrator: Orchestrator;
  order: string[];
} {
  const manifests = Object.entries(plugins).map(([name, dependencies]) => ({
    name,
    version: '1.0.0',
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '^1.0.0'])),
    optionalDependencies: {},
  }));
  const entries = new Map(manifests.map((manifest) => [manifest.name, entryOf(manifest)]));
  const graph = new CountingGraph({ entries, graph: new DependencyGraph(manifests) } as unknown as PluginCatalog);
  const order: string[] = [];
  const starter = {
    start: async ({ entry }: { entry: PluginEntry }): Promise<PluginInstance> => {
      order.push(`+${entry.name}`);
      if (entry.name === failing) throw new Error('It cannot.');
      const intake = { takeOver: () => undefined, holdEvents: () => undefined };
      return Promise.resolve({ intake } as unknown as PluginInstance);
    },
  };
  const stopper = {
    stop: (_instance: PluginInstance, entry: PluginEntry): Promise<readonly string[]> => {
      order.push(`-${entry.name}`);
      return Promise.resolve([]);
    },
  };
  const log = { record: () => undefined, started: () => undefined, failed: () => undefined };
  return {
    graph,
    order,
    orchestrator: new Orchestrator(graph, starter as never, stopper as never, new FakeClock(), log as never),
  };
}

function entryOf(manifest: object & { readonly name: string }): PluginEntry {
  return { name: manifest.name, manifest, status: 'startable', problems: [], section: {} } as unknown as PluginEntry;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  '27 plugins, each on all before it': shape(27, (number) => range(0, number)),
  '13 layers of 3, each on all three below': layers(3, 13),
  '30 layers of 10, each on all ten below': layers(10, 30),
  'a chain of 3,000': shape(3_000, (number) => (number === 0 ? [] : [number - 1])),
  'a chain of 3,000 of which the first fails': shape(3_000, (number) => (number === 0 ? [] : [number - 1]), 0),
  '500 on one': shape(501, (number) => (number === 0 ? [] : [0])),
  'one on 500': shape(501, (number) => (number === 500 ? range(0, 500) : [])),
  'one on 500 of which one fails': shape(501, (number) => (number === 500 ? range(0, 500) : []), 250),
  '30 layers of 10 of which one fails in the first': layers(10, 30, 3),
  '200 plugins, each on all before it': shape(200, (number) => range(0, number)),
};

describe('The orchestrator', () => {
  let reads = 0;
  beforeEach(() => {
    reads = 0;
    for (const name of ['mustBeDown', 'isOpen', 'waitsForDependencies'] as const) {
      const { get } = Object.getOwnPropertyDescriptor(PluginStanding.prototype, name) ?? {};
      jest.spyOn(PluginStanding.prototype, name, 'get').mockImplementation(function counted(
        this: PluginStanding<PluginRuntime>,
      ) {
        reads++;
        return get?.call(this) as boolean;
      });
    }
  });
  afterEach(() => jest.restoreAllMocks());

  it.each(Object.entries(SHAPES))(
    'looks at each plugin and edge a bounded number of times while it starts, restarts and stops %s',
    async (_, given) => {
      const { graph, orchestrator } = orchestration(given);
      const first = graph.get(nameOf(0));

      await orchestrator.startAll();
      planCommand('stop', first, graph);
      await orchestrator.restart(first);
      await orchestrator.stopAll();

      const edges = Object.values(given.plugins).reduce((sum, dependencies) => sum + dependencies.length, 0);
      const elements = Object.keys(given.plugins).length + edges;
      expect((graph.visits + reads) / elements).toBeLessThan(VISITS_PER_ELEMENT);
      expect(graph.all().filter(({ machine }) => machine.state !== 'stopped')).toEqual([]);
    },
  );

  it.each(Object.entries(SHAPES))(
    'starts each plugin after what it needs and stops it before, or blocks it: %s',
    async (_, given) => {
      const { graph, orchestrator, order } = orchestration(given);
      await orchestrator.startAll();
      const states = Object.groupBy(graph.all(), ({ machine }) => machine.state);
      await orchestrator.stopAll();

      const place = new Map(order.map((step, index) => [step, index]));
      const isUp = (name: string): boolean => place.has(`-${name}`);
      const wrong = Object.entries(given.plugins).flatMap(([name, dependencies]) =>
        dependencies.filter((dependency) => {
          if (!isUp(name)) return false;
          const startsLate = (place.get(`+${dependency}`) ?? Infinity) < (place.get(`+${name}`) ?? -1);
          return !startsLate || (place.get(`-${name}`) ?? Infinity) > (place.get(`-${dependency}`) ?? -1);
        }),
      );
      expect(wrong).toEqual([]);
      expect((states.ready?.length ?? 0) + (states.blocked?.length ?? 0) + (states.failed?.length ?? 0)).toBe(
        graph.all().length,
      );
      expect(states.failed?.map(({ name }) => name) ?? []).toEqual(given.failing === undefined ? [] : [given.failing]);
    },
  );

  it('keeps the reason of a blocked plugin short at the end of a long chain, and names the one that began it', async () => {
    const { graph, orchestrator } = orchestration(shape(3_000, (number) => (number === 0 ? [] : [number - 1]), 0));
    await orchestrator.startAll();

    const { reason = '' } = graph.get(nameOf(2_999)).machine;
    expect(reason.length).toBeLessThan(600);
    expect(reason).toContain(`"${nameOf(2_998)}"`);
    expect(reason).toContain(`"${nameOf(0)}", which is failed.`);
    await orchestrator.stopAll();
  });
});
