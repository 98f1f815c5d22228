/** What a plugin's instance hands to the stopper: the steps that end the plugin's code, each with a deadline of its own. */
import type { Phase } from './phase.js';

/** One of the steps that end a plugin's code. */
export interface DestroyStep {
  readonly name: string;
  readonly phase: Phase;
  /** Resolves with what was thrown. */
  readonly run: () => Promise<unknown[]>;
}

/** The signal that ends the application: it may come while a plugin stops by itself. */
export type ShutdownSignalName = () => string | undefined;
