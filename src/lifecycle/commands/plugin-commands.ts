/** Commands on single plugins: plans them, carries them out in order, and measures them. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, messageOf } from '../../common/index.js';
import { PluginCommandError } from '../lifecycle.errors.js';
import { PluginGraph } from '../orchestration/plugin-graph.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import { CommandActions } from './command-actions.js';
import { CommandCallers } from './command-callers.js';
import { CommandQueues } from './command-queues.js';
import type { CommandResult, PluginCommandName, PluginPlan } from './plugin-command.js';
import { planCommand } from './plugin-plan.js';

/** Commands that do not wait for those before them, and cancel them. */
const AT_ONCE: ReadonlySet<PluginCommandName> = new Set(['stop', 'disable']);

@Injectable()
export class PluginCommands {
  readonly #logger = new Logger(PluginCommands.name);

  constructor(
    private readonly graph: PluginGraph,
    private readonly actions: CommandActions,
    private readonly queues: CommandQueues,
    readonly callers: CommandCallers,
    private readonly clock: Clock,
  ) {}

  /** What a command would do now. @throws PluginNotFoundError */
  plan(command: PluginCommandName, plugin: string): PluginPlan {
    return planCommand(command, this.graph.get(plugin), this.graph);
  }

  /**
   * Carries a command out. Resolves when its plugin, and all that depend on it, have settled; in the work of a plugin that goes down with
   * the command, as soon as that begins.
   *
   * @param settings for `reconfigure`
   * @throws PluginNotFoundError
   * @throws PluginCommandError while the server is stopping, in the start of a plugin that the command would wait for, and for a plugin in a
   * state in which the command makes no sense
   * @throws PluginCatalogError for a plugin that cannot start, and for wrong settings; nothing has happened then
   */
  async command(command: PluginCommandName, plugin: string, settings: object = {}): Promise<CommandResult> {
    if (this.queues.isClosed)
      throw new PluginCommandError(command, plugin, 'the server is stopping', 'Wait until it is back.');
    const runtime = this.graph.get(plugin);
    const given: GivenCommand = { command, runtime, settings };
    const begin = (): Promise<CommandResult> => {
      if (!AT_ONCE.has(command)) return this.queues.inTurn(runtime, (isStopped) => this.#inTurn(given, isStopped));
      this.queues.cancelWaiting(runtime);
      return this.queues.track(this.#carryOut(given));
    };
    const callers = this.callers.current();
    if (callers.length === 0) return begin();
    this.callers.assertNoneStarts(callers, command, runtime);
    const plan = planCommand(command, runtime, this.graph);
    const report = (ended: Promise<CommandResult>): void =>
      void ended.catch((error: unknown) => this.#logger.error(messageOf(error)));
    const outcome = await this.callers.carryOut(callers, begin, report);
    return outcome?.value ?? resultOf(plan, runtime, 0);
  }

  async #inTurn(given: GivenCommand, isStopped: boolean): Promise<CommandResult> {
    const { command, runtime } = given;
    const { name } = runtime;
    // A reload may have let it go in the meantime.
    if (this.graph.get(name) !== runtime)
      throw new PluginCommandError(command, name, 'it was removed and came back', 'Ask again.');
    if (isStopped)
      throw new PluginCommandError(command, name, 'a stop was asked for after it', 'Ask again if it is to run.');
    return this.#carryOut(given);
  }

  async #carryOut({ command, runtime, settings }: GivenCommand): Promise<CommandResult> {
    const plan = planCommand(command, runtime, this.graph);
    const begunMs = this.clock.monotonicMs();
    await this.actions[command](runtime, settings);
    return resultOf(plan, runtime, this.clock.monotonicMs() - begunMs);
  }
}

interface GivenCommand {
  readonly command: PluginCommandName;
  readonly runtime: PluginRuntime;
  /** For `reconfigure`. */
  readonly settings: object;
}

function resultOf(plan: PluginPlan, { machine: { state, reason } }: PluginRuntime, durationMs: number): CommandResult {
  return { plan, state, reason, durationMs };
}
