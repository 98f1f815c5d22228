/**
 * Puts another catalog into effect, below what operators have decided: starts plugins that have come, stops those that have gone, gives new
 * settings to those that can take them while they run, and restarts the others that have changed.
 */
import { Injectable } from '@nestjs/common';
import { changedPaths } from '../../config/index.js';
import type { PluginCatalog, PluginEntry } from '../../host/index.js';
import { CommandQueues } from '../commands/command-queues.js';
import { OperatorDecisions } from '../commands/operator-decisions.js';
import { Orchestrator, type Rearrangement } from '../orchestration/orchestrator.js';
import { PluginRoster } from '../orchestration/plugin-roster.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import { LiveSettings } from './live-settings.js';
import type { AdoptionResult, PluginDown } from './reload-result.js';

/** A plugin that stays, and its next entry. */
interface EntryChange {
  readonly runtime: PluginRuntime;
  readonly previous: PluginEntry;
  readonly next: PluginEntry;
}

const NOTHING: AdoptionResult = { told: [], restarted: [], added: [], removed: [], down: [] };

@Injectable()
export class ConfigurationAdoption {
  constructor(
    private readonly roster: PluginRoster,
    private readonly queues: CommandQueues,
    private readonly decisions: OperatorDecisions,
    private readonly liveSettings: LiveSettings,
    private readonly orchestrator: Orchestrator,
  ) {}

  /**
   * Waits for the commands that are under way; those that come in the meantime wait for it. Resolves when all plugins that it moved have
   * settled. Does nothing once the shutdown has begun.
   */
  adopt(catalog: PluginCatalog): Promise<AdoptionResult> {
    return this.queues.inTurnOfAll(this.roster.all(), () => this.#adopt(catalog));
  }

  async #adopt(catalog: PluginCatalog): Promise<AdoptionResult> {
    const { kept, added, removed } = this.roster.compare(catalog);
    this.decisions.use(catalog);
    for (const runtime of added) this.decisions.restoreOne(runtime);
    const all = kept.map((runtime) => ({ runtime, previous: runtime.entry, next: this.decisions.entryOf(runtime) }));
    const changed = all.filter(isNews);
    const isLive = await Promise.all(changed.map(({ runtime, next }) => this.liveSettings.give(runtime, next)));
    const told = runtimesOf(changed.filter((_change, index) => isLive[index] === true));
    const restarted = runtimesOf(changed.filter((_change, index) => isLive[index] !== true));
    const result = await this.#move(catalog, all, told, { restarted, added, removed });
    this.queues.forget(removed);
    this.decisions.forget(removed);
    return result;
  }

  async #move(
    catalog: PluginCatalog,
    all: readonly EntryChange[],
    told: readonly PluginRuntime[],
    { restarted, added, removed }: Rearrangement,
  ): Promise<AdoptionResult> {
    if (this.orchestrator.isStopping) return NOTHING;
    const wasUp = runtimesOf(all).filter(({ isUp }) => isUp);
    for (const { runtime, next } of all) this.orchestrator.adopt(runtime, next);
    this.roster.takeUp(added, catalog);
    await this.orchestrator.rearrange({ restarted, added, removed });
    this.roster.letGo(removed);
    const concerned = new Set([...restarted, ...added, ...wasUp]);
    return {
      told: names(told),
      restarted: names(restarted.filter(({ isUp }) => isUp)),
      added: names(added),
      removed: names(removed),
      down: [...concerned]
        .filter(({ isUp }) => !isUp)
        .map(downOf)
        .toSorted((a, b) => (a.plugin < b.plugin ? -1 : 1)),
    };
  }
}

function isNews({ previous, next }: EntryChange): boolean {
  return (
    next.status !== previous.status ||
    next.pluginClass !== previous.pluginClass ||
    changedPaths(previous.configuration, next.configuration).length > 0
  );
}

function runtimesOf(changes: readonly EntryChange[]): PluginRuntime[] {
  return changes.map(({ runtime }) => runtime);
}

function downOf({ name, machine }: PluginRuntime): PluginDown {
  return { plugin: name, state: machine.state, reason: machine.reason };
}

function names(runtimes: readonly PluginRuntime[]): string[] {
  return runtimes.map(({ name }) => name).toSorted();
}
