/** What a reload of the configuration has come to. */
import type { AdoptionResult } from '../orchestration/configuration-adoption.js';

/** What became of a reload. Names and paths are sorted. */
export interface ReloadResult extends AdoptionResult {
  /** Keys of panotti.yaml that say something else than what the server was started with: they count from its next start on. */
  readonly afterRestart: readonly string[];
  /** Plugins that go on with the code with which they were started, although it has changed on the disk. */
  readonly outdated: readonly string[];
  /** What is wrong with plugins that are left as they were, each with its fix, as one text; empty where nothing is. */
  readonly problems: string;
}
