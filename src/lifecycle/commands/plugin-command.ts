/** What can be asked of one plugin while the server runs, and what the host answers. */
import type { PluginStateName } from '../orchestration/plugin-state.js';

export type PluginCommandName = 'start' | 'stop' | 'restart' | 'enable' | 'disable' | 'resume' | 'reconfigure';

/** What a command will do, before it does it. Names in the order in which things happen. */
export interface PluginPlan {
  readonly command: PluginCommandName;
  readonly plugin: string;
  /** Plugins that stop, dependents first. */
  readonly stops: readonly string[];
  /** Plugins that start, dependencies first; some of them again. */
  readonly starts: readonly string[];
  /** Plugins that stay down, because they cannot be without the plugin. */
  readonly blocks: readonly string[];
}

/** How a command ended. */
export interface CommandResult {
  readonly plan: PluginPlan;
  /** The state of the plugin now. */
  readonly state: PluginStateName;
  /** Why it is in this state. */
  readonly reason: string | undefined;
  /** From the command until everything that it moved had settled, in milliseconds. */
  readonly durationMs: number;
}
