import * as fc from 'fast-check';
import { on, plugin } from '../support/hooked-plugin.js';
import { hostApp } from '../support/host-app.js';

const RUNS = process.env['PANOTTI_TEST_FULL'] === '1' ? 1_000 : 40;

/** For each plugin the indices of those that it depends on, all smaller than its own: acyclic by construction. And an order to register them in. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
  .map((picks) => picks.map((pick, index) => (index === 0 ? [] : [...new Set(pick.map((value) => value % index))])))
  .chain((graph) => fc.tuple(fc.constant(graph), fc.shuffledSubarray([...graph.keys()], { minLength: graph.length })));

describe('F-12 the order of random dependency graphs', () => {
  it(`F-12 starts dependencies first and stops dependents first, whatever the order of registration (${RUNS} graphs)`, async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async ([graph, order]) => {
        const started: number[] = [];
        const stopped: number[] = [];
        const plugins = order.map((index) =>
          plugin(
            `plugin-${index}`,
            { onModuleInit: () => void started.push(index), onModuleDestroy: () => void stopped.push(index) },
            on(...(graph[index] ?? []).map((other) => `plugin-${other}`)),
          ),
        );
        {
          await using test = await hostApp(plugins);
          expect(Object.values(test.states()).every((state) => state === 'ready')).toBe(true);
        }
        const violations = graph.flatMap((dependencies, index) =>
          dependencies.filter(
            (other) =>
              started.indexOf(other) > started.indexOf(index) || stopped.indexOf(other) < stopped.indexOf(index),
          ),
        );

        expect([started.length, stopped.length, violations]).toEqual([graph.length, graph.length, []]);
      }),
      { numRuns: RUNS },
    );
  });
});
