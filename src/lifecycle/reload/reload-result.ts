/** What a reload of the configuration has come to. */
import type { PluginStateName } from '../orchestration/plugin-state.js';

/** A plugin that a reload has concerned and that is not up after it. */
export interface PluginDown {
  readonly plugin: string;
  readonly state: PluginStateName;
  readonly reason: string | undefined;
}

/** What became of the plugins. Names are sorted. */
export interface AdoptionResult {
  /** They got their new settings while they ran. */
  readonly told: readonly string[];
  /** They run with what has changed, after a restart or a first start. */
  readonly restarted: readonly string[];
  /** They were found for the first time; some of them may not be up. */
  readonly added: readonly string[];
  /** Their files have gone; they were stopped. */
  readonly removed: readonly string[];
  /** Those that have changed, or were up before, and are not up now. */
  readonly down: readonly PluginDown[];
}

/** Names and paths are sorted. */
export interface ReloadResult extends AdoptionResult {
  /** Keys of panotti.yaml that differ from what the server was started with: they count from its next start on. */
  readonly afterRestart: readonly string[];
  /** Plugins that go on with the code with which they were started, although it has changed on the disk. */
  readonly outdated: readonly string[];
  /** What is wrong with plugins that are left as they were, each with its fix, as one text; empty if nothing is. */
  readonly problems: string;
}
