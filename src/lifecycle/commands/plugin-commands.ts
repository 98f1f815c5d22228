/**
 * Carries out commands on single plugins. Those on one plugin happen one after another, except that a stop goes at once and ends what
 * waits or is under way before it.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/index.js';
import { PluginCatalog, type PluginEntry, PluginCatalogError } from '../../host/index.js';
import { PluginCommandError } from '../lifecycle.errors.js';
import { Orchestrator } from '../orchestration/orchestrator.js';
import { PluginGraph } from '../orchestration/plugin-graph.js';
import { PluginRuntime } from '../orchestration/plugin-runtime.js';
import { isUp } from '../orchestration/plugin-state.js';
import { type AdoptionResult, ConfigurationAdoption } from '../orchestration/configuration-adoption.js';
import { DesiredStates, type KeptState } from './desired-states.js';
import type { CommandResult, PluginCommandName, PluginPlan } from './plugin-command.js';
import { planCommand } from './plugin-plan.js';

/** The commands of one plugin that wait for each other. */
interface Queue {
  last: Promise<unknown>;
  /** Goes up with each stop: a command that was given before it is not carried out after it. */
  stops: number;
}

@Injectable()
export class PluginCommands {
  readonly #queues = new Map<PluginRuntime, Queue>();
  /** Another one after each reload of the configuration. */
  #catalog: PluginCatalog;
  readonly #underWay = new Set<Promise<unknown>>();
  /** What was laid over the section of a plugin while the server ran. */
  readonly #sections = new Map<PluginRuntime, { enabled?: boolean; settings?: object }>();

  constructor(
    private readonly graph: PluginGraph,
    private readonly orchestrator: Orchestrator,
    catalog: PluginCatalog,
    private readonly desired: DesiredStates,
    private readonly adoption: ConfigurationAdoption,
    private readonly clock: Clock,
  ) {
    this.#catalog = catalog;
  }

  /** Makes plugins what operators have made of them before the last restart. To be called before any is started. */
  async restore(): Promise<void> {
    await this.desired.load();
    for (const runtime of this.graph.all()) this.#restoreOne(runtime);
  }

  #restoreOne(runtime: PluginRuntime): void {
    const state = this.desired.of(runtime.name);
    if (state === 'running') runtime.entry = this.#reassess(runtime, { enabled: true });
    else if (state !== undefined) runtime.desired = state;
  }

  /** Resolves when every command that was given has ended. To be called when none is accepted any more. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  plan(command: PluginCommandName, name: string): PluginPlan {
    return planCommand(command, this.graph.get(name), this.graph);
  }

  /** @throws PluginCommandError for a plugin that is disabled, suspended or cannot start */
  start(name: string): Promise<CommandResult> {
    return this.#queued('start', name, async (runtime) => {
      this.#assertCanRun('start', runtime);
      await this.#keep(runtime, runtime.entry.section.enabled ? undefined : 'running');
      await this.orchestrator.change(runtime, () => (runtime.desired = 'running'));
    });
  }

  stop(name: string): Promise<CommandResult> {
    return this.#atOnce('stop', name, 'stopped');
  }

  /** Fresh instances, also of what depends on it. A plugin that is down is started. */
  restart(name: string): Promise<CommandResult> {
    return this.#queued('restart', name, async (runtime) => {
      this.#assertCanRun('restart', runtime);
      await this.#restart(runtime);
    });
  }

  /** Undoes `disable`, and `enabled: false` of the configuration. */
  enable(name: string): Promise<CommandResult> {
    return this.#queued('enable', name, async (runtime) => {
      const entry = this.#reassess(runtime, { enabled: true });
      if (entry.status === 'invalid') throw new PluginCatalogError(entry.problems);
      const { section } = this.#catalog.entries.get(name) ?? entry;
      await this.#keep(runtime, section.enabled ? undefined : 'running');
      await this.orchestrator.change(runtime, () => {
        runtime.entry = entry;
        runtime.desired = 'running';
      });
    });
  }

  disable(name: string): Promise<CommandResult> {
    return this.#atOnce('disable', name, 'disabled');
  }

  /** @throws PluginCommandError for a plugin that is not suspended */
  resume(name: string): Promise<CommandResult> {
    return this.#queued('resume', name, async (runtime) => {
      if (runtime.desired !== 'suspended')
        throw new PluginCommandError('resume', name, 'it is not suspended', 'Start or restart it instead.');
      runtime.forgetFailures();
      await this.orchestrator.change(runtime, () => (runtime.desired = 'running'));
    });
  }

  /**
   * Restarts a plugin with other settings, laid over those of plugins.yaml key by key, until the server ends. When it does not start with
   * them, the previous ones are in effect again. One that is stopped, disabled or suspended stays so, and starts with them some other time.
   *
   * @throws PluginCatalogError when the settings are wrong; nothing has happened then
   * @throws PluginCommandError when the plugin did not start with them
   */
  reconfigure(name: string, settings: object): Promise<CommandResult> {
    return this.#queued('reconfigure', name, async (runtime) => {
      const [previous, sections] = [runtime.entry, this.#sections.get(runtime)];
      const entry = this.#reassess(runtime, { settings });
      if (entry.status === 'invalid') throw new PluginCatalogError(entry.problems);
      runtime.entry = entry;
      if (runtime.desired !== 'running') return;
      await this.#restart(runtime);
      const { state, reason } = runtime.machine;
      if (isUp(state) || !isWantedUp(runtime) || previous.status !== 'startable') return;
      if (state === 'failed' || state === 'suspended') runtime.forgetLatestFailure();
      runtime.entry = previous;
      if (sections) this.#sections.set(runtime, sections);
      else this.#sections.delete(runtime);
      await this.#restart(runtime);
      const why = reason?.split('\n', 1)[0] ?? '';
      const what = `with the new settings it was ${state}${why === '' ? '' : `: ${why}`}; the previous ones are in effect again`;
      throw new PluginCommandError(
        'reconfigure',
        name,
        what,
        'Correct the settings, or what the plugin makes of them.',
      );
    });
  }

  /**
   * Puts another catalog into effect, below what commands have laid over it: what has come is started, what has gone is stopped. Waits for
   * the commands that are under way, and those that come in the meantime wait for it.
   */
  adopt(catalog: PluginCatalog): Promise<AdoptionResult> {
    const runtimes = this.graph.all();
    const queues = runtimes.map((runtime) => this.#queueOf(runtime));
    const result = Promise.all(queues.map(({ last }) => last)).then(() => this.#adopt(catalog, runtimes));
    for (const queue of queues) queue.last = result.catch(() => undefined);
    return this.#remember(result);
  }

  async #adopt(catalog: PluginCatalog, runtimes: readonly PluginRuntime[]): Promise<AdoptionResult> {
    this.#catalog = catalog;
    const isThere = ({ name }: PluginRuntime): boolean => catalog.entries.has(name);
    const added = [...catalog.entries.values()]
      .filter(({ name }) => !this.graph.has(name))
      .map((entry) => new PluginRuntime(entry));
    for (const runtime of added) this.#restoreOne(runtime);
    const removed = runtimes.filter((runtime) => !isThere(runtime));
    const changes = runtimes.filter(isThere).map((runtime) => ({ runtime, entry: this.#entryUnder(catalog, runtime) }));
    const result = await this.adoption.adopt({ catalog, changes, added, removed });
    for (const runtime of removed) {
      this.#sections.delete(runtime);
      this.#queues.delete(runtime);
    }
    return result;
  }

  #entryUnder(catalog: PluginCatalog, runtime: PluginRuntime): PluginEntry {
    const section = this.#sections.get(runtime);
    const written = catalog.entries.get(runtime.name);
    return section === undefined && written ? written : catalog.reassess(runtime.name, section ?? {});
  }

  #restart(runtime: PluginRuntime): Promise<void> {
    return this.orchestrator.change(runtime, () => {
      runtime.desired = 'running';
      runtime.isRestarting = isUp(runtime.machine.state) || runtime.machine.state === 'starting';
    });
  }

  #reassess(runtime: PluginRuntime, change: { enabled?: boolean; settings?: object }): PluginEntry {
    const section = { ...this.#sections.get(runtime), ...change };
    const entry = this.#catalog.reassess(runtime.name, section);
    if (entry.status !== 'invalid') this.#sections.set(runtime, section);
    return entry;
  }

  #assertCanRun(command: PluginCommandName, runtime: PluginRuntime): void {
    // What the machine lacked may be there by now.
    if (runtime.entry.status === 'blocked') runtime.entry = this.#reassess(runtime, {});
    const { name, desired, entry } = runtime;
    if (desired === 'suspended') throw new PluginCommandError(command, name, 'it is suspended', 'Resume it.');
    if (desired === 'disabled' || entry.status === 'disabled')
      throw new PluginCommandError(command, name, 'it is disabled', 'Enable it.');
    if (entry.status !== 'startable') throw new PluginCatalogError(entry.problems);
  }

  async #keep(runtime: PluginRuntime, state: KeptState | undefined): Promise<void> {
    await this.desired.keep(runtime.name, state);
  }

  async #atOnce(command: 'stop' | 'disable', name: string, state: 'stopped' | 'disabled'): Promise<CommandResult> {
    const runtime = this.graph.get(name);
    this.#queueOf(runtime).stops++;
    const action = async (): Promise<void> => {
      const changed = this.orchestrator.change(runtime, () => (runtime.desired = state));
      await this.#keep(runtime, state);
      await changed;
    };
    return this.#remember(this.#carryOut(command, runtime, action));
  }

  async #queued(
    command: PluginCommandName,
    name: string,
    action: (runtime: PluginRuntime) => Promise<void>,
  ): Promise<CommandResult> {
    const runtime = this.graph.get(name);
    const queue = this.#queueOf(runtime);
    const { stops } = queue;
    const result = queue.last.then(() => {
      // A reload may have let it go in the meantime.
      if (this.graph.get(name) !== runtime)
        throw new PluginCommandError(command, name, 'it was removed and came back', 'Ask again.');
      if (queue.stops !== stops)
        throw new PluginCommandError(command, name, 'a stop was asked for after it', 'Ask again if it is to run.');
      return this.#carryOut(command, runtime, () => action(runtime));
    });
    queue.last = result.catch(() => undefined);
    return this.#remember(result);
  }

  #remember<T>(command: Promise<T>): Promise<T> {
    const ended = command.catch(() => undefined).finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
    return command;
  }

  async #carryOut(
    command: PluginCommandName,
    runtime: PluginRuntime,
    action: () => Promise<void>,
  ): Promise<CommandResult> {
    const plan = planCommand(command, runtime, this.graph);
    const begunMs = this.clock.monotonicMs();
    await action();
    const { state, reason } = runtime.machine;
    return { plan, state, reason, durationMs: this.clock.monotonicMs() - begunMs };
  }

  #queueOf(runtime: PluginRuntime): Queue {
    const queue = this.#queues.get(runtime) ?? { last: Promise.resolve(), stops: 0 };
    this.#queues.set(runtime, queue);
    return queue;
  }
}

/** Nobody has stopped or disabled it; the host may have suspended it. */
function isWantedUp({ desired }: PluginRuntime): boolean {
  return desired === 'running' || desired === 'suspended';
}
