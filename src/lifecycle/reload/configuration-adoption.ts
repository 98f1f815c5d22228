/** Puts new entries of plugins into effect: tells the plugins that can take new settings while they run, restarts the others that changed. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, messageOf, toError, withinDeadline } from '../../common/index.js';
import { changedPaths } from '../../config/index.js';
import type { PluginEntry } from '../../host/index.js';
import { runInContext } from '../../telemetry/index.js';
import { PluginConfigChangeError } from '../lifecycle.errors.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import { Orchestrator } from '../orchestrator.js';
import type { PluginRuntime } from '../plugin-runtime.js';
import { isUp } from '../plugin-state.js';

/** A plugin, and what it is to be from now on. */
export interface Adoption {
  readonly runtime: PluginRuntime;
  readonly entry: PluginEntry;
}

/** Names, sorted. */
export interface AdoptionResult {
  /** They got their new settings while they ran. */
  readonly told: readonly string[];
  /** They were started with what has changed, stopped by it, or tried again. */
  readonly restarted: readonly string[];
}

interface Change extends Adoption {
  readonly previous: PluginEntry;
}

@Injectable()
export class ConfigurationAdoption {
  readonly #logger = new Logger('Configuration');

  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /** Resolves when all plugins that it moved have settled. Never rejects. */
  async adopt(adoptions: readonly Adoption[]): Promise<AdoptionResult> {
    const changes = adoptions.map(({ runtime, entry }) => ({ runtime, entry, previous: runtime.entry })).filter(isNews);
    const told = await Promise.all(changes.map((change) => this.#tell(change)));
    const restarts = changes.filter((_change, index) => told[index] !== true);
    // What is read when it is needed, such as `required` and the timeouts, is in effect with this.
    for (const { runtime, entry } of adoptions) runtime.entry = entry;
    // All in one turn, so that a plugin that depends on another starts once, with both changes.
    for (const { runtime } of restarts) runtime.isRestarting = isUp(runtime.machine.state) || runtime.machine.state === 'starting';
    await this.orchestrator.changeAll(
      restarts.map(({ runtime }) => runtime),
      () => undefined,
    );
    return { told: names(changes.filter((_change, index) => told[index] === true)), restarted: names(restarts) };
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

function isNews({ entry, previous }: Change): boolean {
  return entry.status !== previous.status || changedPaths(previous.configuration, entry.configuration).length > 0;
}

function names(changes: readonly Change[]): string[] {
  return changes.map(({ runtime }) => runtime.name).toSorted();
}
