/** Reports changes of the operator's files, however they come about: written in place, replaced, or behind a link that leads elsewhere. */
import { watch, type FSWatcher } from 'node:fs';
import type { Clock, ClockTimer } from '../../common/index.js';

/** Editors and `cp` write in several steps; a change counts once nothing has moved for so long. */
const QUIET_MS = 250;
/** The system reports no changes of files in other folders that links lead to, nor of files on a network. */
const POLL_MS = 10_000;

export interface WatchedFolders {
  /** Absolute paths; those that are not there are looked for again after each change. */
  readonly folders: readonly string[];
  /** Another text whenever what the files resolve to is another. Never rejects. */
  readonly fingerprint: () => Promise<string>;
  /** What it was when the files were last known to be in effect. */
  readonly known: string;
  readonly clock: Clock;
  /** Called once for each burst of changes, when it is over. */
  readonly changed: () => void;
}

/** Begins with its construction. Every name in the folders counts: Kubernetes renames `..data`, and no file that is called like one of ours. */
export class FolderWatch implements Disposable {
  readonly #details: WatchedFolders;
  #known: string;
  #watchers: FSWatcher[] = [];
  #quiet: ClockTimer | undefined;
  #poll: ClockTimer | undefined;
  #isEnded = false;

  constructor(details: WatchedFolders) {
    this.#details = details;
    this.#known = details.known;
    this.#arm();
    this.#pollLater();
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#quiet?.cancel();
    this.#poll?.cancel();
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Again after each change: a folder that was replaced is another folder. */
  #arm(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = this.#details.folders.flatMap((folder) => watchFolder(folder, () => this.#touched()));
  }

  #touched(): void {
    if (this.#isEnded) return;
    this.#quiet?.cancel();
    this.#quiet = this.#details.clock.after(QUIET_MS, () => void this.#settled(), { background: true });
  }

  async #settled(): Promise<void> {
    this.#quiet = undefined;
    this.#arm();
    const found = await this.#details.fingerprint();
    // Touched again while it was looked at: the next look decides.
    if (this.#isEnded || this.#quiet !== undefined || found === this.#known) return;
    this.#known = found;
    this.#details.changed();
  }

  #pollLater(): void {
    this.#poll = this.#details.clock.after(POLL_MS, () => void this.#look(), { background: true });
  }

  async #look(): Promise<void> {
    const found = await this.#details.fingerprint();
    if (this.#isEnded) return;
    // A file that was found changed may still be written.
    if (found !== this.#known && this.#quiet === undefined) this.#touched();
    this.#pollLater();
  }
}

/** A folder that is not there has nothing to watch. */
function watchFolder(folder: string, touched: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, touched);
    // The folder itself was removed; the next look at it says so.
    watcher.on('error', touched);
    return [watcher];
  } catch {
    return [];
  }
}
