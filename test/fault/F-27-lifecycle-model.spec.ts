import * as fc from 'fast-check';
import type { Type } from '@nestjs/common';
import { PluginCommandError, PluginNotReadyError } from '../../src/index.js';
import { isUp, type PluginStateName } from '../../src/lifecycle/orchestration/plugin-state.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { plugin } from '../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../support/host-app.js';

/** How the next start of a plugin goes. */
type Behaviour = 'well' | 'throws' | 'not ready' | 'hangs';

const NAMES = ['a', 'b', 'c', 'd'] as const;
type Name = (typeof NAMES)[number];

/** `b` and `c` need `a`; `d` needs `b` and likes `c`. */
const GRAPH: Readonly<Record<Name, { needs: readonly Name[]; likes: readonly Name[] }>> = {
  a: { needs: [], likes: [] },
  b: { needs: ['a'], likes: [] },
  c: { needs: ['a'], likes: [] },
  d: { needs: ['b'], likes: ['c'] },
};

const COMMANDS = ['start', 'stop', 'restart', 'enable', 'disable', 'resume', 'reconfigure'] as const;

/** How the next stop of a plugin goes. */
type Ending = 'well' | 'throws' | 'hangs';

interface Step {
  readonly plugin: Name;
  readonly command: (typeof COMMANDS)[number];
  readonly behaviour: Behaviour;
  readonly ending: Ending;
  readonly thenMs: number;
}

const behaviours = fc.constantFrom<Behaviour>('well', 'well', 'throws', 'not ready', 'hangs', 'hangs');

/** How the first starts go, which no command has asked for. */
const firstBehaviours = fc.tuple(behaviours, behaviours, behaviours, behaviours);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    plugin: fc.constantFrom(...NAMES),
    command: fc.constantFrom(...COMMANDS),
    behaviour: behaviours,
    ending: fc.constantFrom<Ending>('well', 'well', 'well', 'throws', 'hangs'),
    thenMs: fc.constantFrom(0, 0, 1, 1_500, 40_000),
  }),
  { minLength: 1, maxLength: 30 },
);

const RUNS = process.env['PANOTTI_TEST_FULL'] === '1' ? 10_000 : 150;

class Model {
  readonly behaviours = new Map<Name, Behaviour>();
  readonly endings = new Map<Name, Ending>();
  /** The instances of each plugin that have begun to start and not to end. One that was built only may be ended too. */
  readonly living = new Map<Name, Set<object>>(NAMES.map((name) => [name, new Set()]));
  readonly violations: string[] = [];
  /** When the latest end began to hang. */
  hungAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: FakeClock) {}

  plugins(): Type<object>[] {
    return NAMES.map((name) => {
      const { needs, likes } = GRAPH[name];
      const any = (names: readonly Name[]) => Object.fromEntries(names.map((other) => [`plugin-${other}`, '*']));
      const start = (instance: object): Promise<void> => this.#start(name, instance);
      const end = (instance: object): Promise<void> => this.#end(name, instance);
      const hooks = {
        onModuleInit(this: object): Promise<void> {
          return start(this);
        },
        onModuleDestroy(this: object): Promise<void> {
          return end(this);
        },
      };
      return plugin(`plugin-${name}`, hooks, { dependencies: any(needs), optionalDependencies: any(likes) });
    });
  }

  lives(name: Name): boolean {
    return this.living.get(name)?.size !== 0;
  }

  async #start(name: Name, instance: object): Promise<void> {
    if (this.lives(name)) this.violations.push(`two instances of ${name}`);
    this.living.get(name)?.add(instance);
    for (const needed of GRAPH[name].needs)
      if (!this.lives(needed)) this.violations.push(`${name} started without ${needed}`);
    const behaviour = this.behaviours.get(name) ?? 'well';
    if (behaviour === 'throws') throw new Error('as it was told');
    if (behaviour === 'not ready') throw new PluginNotReadyError('as it was told');
    if (behaviour === 'hangs') await new Promise(() => undefined);
  }

  async #end(name: Name, instance: object): Promise<void> {
    this.living.get(name)?.delete(instance);
    for (const other of NAMES) {
      if (GRAPH[other].needs.includes(name) && this.lives(other)) this.violations.push(`${name} ended before ${other}`);
    }
    const ending = this.endings.get(name) ?? 'well';
    if (ending === 'throws') throw new Error('as it was told');
    if (ending !== 'hangs') return;
    this.hungAtMs = this.clock.monotonicMs();
    await new Promise(() => undefined);
  }
}

/** What must hold whenever nothing moves. */
function check(test: HostApp): void {
  const states = test.states() as Record<string, PluginStateName>;
  for (const name of NAMES) {
    const state = states[`plugin-${name}`] as PluginStateName;
    const needed = GRAPH[name].needs.map((other) => states[`plugin-${other}`] as PluginStateName);
    if (isUp(state)) expect([name, needed.every(isUp)]).toEqual([name, true]);
    if (state === 'blocked') expect([name, needed.every(isUp)]).toEqual([name, false]);
  }
}

describe('F-27 the lifecycle under random commands, failures and time', () => {
  it(
    `F-27 never reaches an illegal state, never has two instances of a plugin, never breaks the order, and always stops (${RUNS} sequences of up to 30 steps)`,
    async () => {
      await fc.assert(
        fc.asyncProperty(firstBehaviours, steps, fc.boolean(), async (first, sequence, isSignalledAtOnce) => {
          const clock = new FakeClock();
          const model = new Model(clock);
          for (const [index, name] of NAMES.entries()) model.behaviours.set(name, first[index] ?? 'well');
          const test = await hostApp(model.plugins(), { clock, startup: 'background' });
          await clock.advance(0);
          const unexpected: unknown[] = [];
          for (const { plugin: name, command, behaviour, ending, thenMs } of sequence) {
            model.behaviours.set(name, behaviour);
            model.endings.set(name, ending);
            test.host[command](`plugin-${name}`, {}).catch((error: unknown) => {
              if (!(error instanceof PluginCommandError)) unexpected.push(error);
            });
            await clock.advance(thenMs);
          }
          // Half of the sequences end as a signal ends them: in the middle of it all.
          if (!isSignalledAtOnce) {
            for (const name of NAMES) model.behaviours.set(name, 'well');
            await clock.advance(200_000);
            await settle();
            check(test);
          }
          for (const name of NAMES) model.endings.set(name, 'well');
          // What hangs in its end already has that time.
          const mayWait = clock.monotonicMs() - model.hungAtMs <= 5_000;
          const stopped = test[Symbol.asyncDispose]();
          // No hook hangs at the end, so none of the time that starts had is waited for.
          for (let turn = 0; turn < 20; turn++) await settle();
          if (mayWait) await clock.advance(20_000);
          const states = Object.values(test.states());
          await clock.advance(100_000);
          await stopped;

          expect(new Set(states)).toEqual(new Set(['stopped']));
          expect(unexpected).toEqual([]);
          expect(model.violations).toEqual([]);
          expect(NAMES.filter((name) => model.lives(name))).toEqual([]);
          expect(clock.pendingTimers).toBe(0);
        }),
        { numRuns: RUNS },
      );
    },
    RUNS > 100 ? 3_600_000 : undefined,
  );
});
