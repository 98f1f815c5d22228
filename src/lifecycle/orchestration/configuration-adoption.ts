/** Puts new entries of plugins into effect: tells the plugins that can take new settings while they run, restarts the others that changed. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, messageOf, toError, withinDeadline } from '../../common/index.js';
import { changedPaths } from '../../config/index.js';
import type { PluginCatalog, PluginEntry } from '../../host/index.js';
import { runInContext } from '../../telemetry/index.js';
import { PluginConfigChangeError } from '../lifecycle.errors.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import { Orchestrator } from './orchestrator.js';
import type { PluginRuntime } from './plugin-runtime.js';
import { isUp, type PluginStateName } from './plugin-state.js';
import { PluginRoster } from './plugin-roster.js';

/** A plugin, and what it is to be from now on. */
interface EntryChange {
  readonly runtime: PluginRuntime;
  readonly entry: PluginEntry;
}

export interface Adoption {
  readonly catalog: PluginCatalog;
  /** All plugins that were there and still are, changed or not. */
  readonly changes: readonly EntryChange[];
  readonly added: readonly PluginRuntime[];
  readonly removed: readonly PluginRuntime[];
}

/** A plugin that a reload has concerned and that is not up after it. */
interface PluginDown {
  readonly plugin: string;
  readonly state: PluginStateName;
  readonly reason: string | undefined;
}

/** Names are sorted. */
export interface AdoptionResult {
  /** They got their new settings while they ran. */
  readonly told: readonly string[];
  /** They run with what has changed, after a restart or a first start. */
  readonly restarted: readonly string[];
  /** They were found for the first time, whatever became of them. */
  readonly added: readonly string[];
  /** Their files have gone; they were stopped. */
  readonly removed: readonly string[];
  /** Those of which something has changed, or which were up before, and which are not up now. */
  readonly down: readonly PluginDown[];
}

interface Change extends EntryChange {
  readonly previous: PluginEntry;
}

@Injectable()
export class ConfigurationAdoption {
  readonly #logger = new Logger('Configuration');

  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly roster: PluginRoster,
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /** Resolves when all plugins that it moved have settled. Does nothing once the shutdown has begun. Never rejects. */
  async adopt({ catalog, changes: all, added, removed }: Adoption): Promise<AdoptionResult> {
    const changes = all.map(({ runtime, entry }) => ({ runtime, entry, previous: runtime.entry })).filter(isNews);
    const told = await Promise.all(changes.map((change) => this.#tell(change)));
    if (this.orchestrator.isStopping) return NOTHING;
    const wasUp = all.map(({ runtime }) => runtime).filter(({ machine }) => isUp(machine.state));
    const restarts = changes.filter((_change, index) => told[index] !== true).map(({ runtime }) => runtime);
    for (const { runtime, entry } of all) putIntoEffect(runtime, entry);
    this.roster.takeUp(added, catalog);
    // All in one turn, so that a plugin that depends on another starts once, with both changes.
    for (const runtime of restarts)
      runtime.isRestarting = isUp(runtime.machine.state) || runtime.machine.state === 'starting';
    await this.orchestrator.changeAll([...removed, ...restarts, ...added], () => {
      for (const runtime of removed) runtime.desired = 'stopped';
    });
    this.roster.letGo(removed);
    const concerned = new Set([...restarts, ...added, ...wasUp]);
    return {
      told: names(changes.filter((_change, index) => told[index] === true).map(({ runtime }) => runtime)),
      restarted: names(restarts.filter(({ machine }) => isUp(machine.state))),
      added: names(added),
      removed: names(removed),
      down: [...concerned]
        .filter(({ machine }) => !isUp(machine.state))
        .map(downOf)
        .toSorted((a, b) => (a.plugin < b.plugin ? -1 : 1)),
    };
  }

  /** @returns whether the plugin goes on with its new settings */
  async #tell({ runtime, entry, previous }: Change): Promise<boolean> {
    const { instance } = runtime;
    const plugin = isUp(runtime.machine.state) ? instance?.configurable : undefined;
    if (!plugin || entry.status !== previous.status || !entry.configuration || !previous.configuration) return false;
    const [next, before] = [entry.configuration, previous.configuration];
    const timeoutMs = (entry.section.startTimeout ?? this.options.startTimeout) * 1000;
    const onLate = (): Error => new PluginConfigChangeError(runtime.name, timeoutMs);
    try {
      const work = runInContext({ plugin: runtime.name }, async () => plugin.onConfigChange(next, before));
      await withinDeadline(work, { clock: this.clock, timeoutMs, onLate });
      return true;
    } catch (error) {
      const what = `Plugin "${runtime.name}" could not go on with its new settings and is restarted: ${messageOf(error)}`;
      runInContext({ plugin: runtime.name }, () => this.#logger.error(what, toError(error)));
      return false;
    }
  }
}

const NOTHING: AdoptionResult = { told: [], restarted: [], added: [], removed: [], down: [] };

/**
 * What is read when it is needed, such as `required` and the timeouts, is in effect with this. A configuration that disables a suspended
 * plugin ends the suspension: enabled again, it starts, as after `resume`.
 */
function putIntoEffect(runtime: PluginRuntime, entry: PluginEntry): void {
  runtime.entry = entry;
  if (entry.status !== 'disabled' || runtime.desired !== 'suspended') return;
  runtime.desired = 'running';
  runtime.forgetFailures();
}

function isNews({ entry, previous }: Change): boolean {
  return (
    entry.status !== previous.status ||
    entry.pluginClass !== previous.pluginClass ||
    changedPaths(previous.configuration, entry.configuration).length > 0
  );
}

function downOf({ name, machine }: PluginRuntime): PluginDown {
  return { plugin: name, state: machine.state, reason: machine.reason };
}

function names(runtimes: readonly PluginRuntime[]): string[] {
  return runtimes.map(({ name }) => name).toSorted();
}
