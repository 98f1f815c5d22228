/** Everything that the host knows about one plugin while it runs. Changed by the orchestrator alone. */
import type { ClockTimer } from '../common/index.js';
import type { PluginEntry } from '../host/index.js';
import type { PluginInstance } from './instance/plugin-instance.js';
import { PluginStateMachine } from './plugin-state.js';

export class PluginRuntime {
  readonly machine = new PluginStateMachine();
  /** What it is meant to be; the orchestrator works towards it. */
  desired: 'running' | 'stopped' = 'running';
  /** Set while it is up, and while it stops. */
  instance: PluginInstance | undefined;
  /** How many starts there were in a row, retries included. */
  attempt = 0;
  /** Set while a start is under way; aborting it gives the start up. */
  starting: AbortController | undefined;
  /** Set while it waits for its next attempt. */
  retryTimer: ClockTimer | undefined;
  /** What was not clean about its last stop. */
  stopProblems: readonly string[] = [];

  constructor(readonly entry: PluginEntry) {}

  get name(): string {
    return this.entry.name;
  }

  get isStartable(): boolean {
    return this.entry.status === 'startable';
  }
}
