/**
 * Notices within a second that somebody has removed, replaced or cut the files of an open store: SQLite goes on writing to what it has open,
 * which no path leads to any more. Costs two looks at the folder in half a second, and nothing for a write.
 */
import { stat } from 'node:fs/promises';
import type { Clock, ClockTimer } from '../../common/index.js';

const INTERVAL_MS = 500;

/** Which of the two files it is, and what has happened to it, as the end of a sentence. */
export interface LostFile {
  readonly file: 'database' | 'journal';
  readonly path: string;
  readonly what: 'was removed' | 'was replaced' | 'was cut';
}

interface Seen {
  readonly inode: bigint;
  readonly device: bigint;
  readonly size: bigint;
}

export interface FileWatchDetails {
  /** Of the database; the journal is beside it. */
  readonly path: string;
  readonly clock: Clock;
  /** How often the store itself has made its files smaller so far: their sizes from before and after cannot be compared. */
  readonly shrinks: () => number;
  /** Called once. */
  readonly lost: (lost: LostFile) => void;
}

export class FileWatch {
  #database: Seen | undefined;
  #journal: Seen | undefined;
  /** As it was before the files were looked at. */
  #shrinks = 0;
  #timer: ClockTimer | undefined;
  #isStopped = false;

  private constructor(private readonly details: FileWatchDetails) {}

  /** @param details of a store that has just been opened, with both its files in place */
  static async start(details: FileWatchDetails): Promise<FileWatch> {
    const watch = new FileWatch(details);
    watch.#shrinks = details.shrinks();
    [watch.#database, watch.#journal] = await watch.#look();
    watch.#schedule();
    return watch;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.details.clock.after(INTERVAL_MS, () => void this.#check(), { background: true });
  }

  async #check(): Promise<void> {
    const shrinks = this.details.shrinks();
    const [database, journal] = await this.#look();
    // The store may have been closed while the disk was asked.
    if (this.#isStopped) return;
    if (this.#shrinks !== shrinks || this.details.shrinks() !== shrinks) this.#forgetSizes();
    const lost = this.#lossOf(database, journal);
    if (lost) {
      this.stop();
      this.details.lost(lost);
      return;
    }
    [this.#database, this.#journal, this.#shrinks] = [database, journal, shrinks];
    this.#schedule();
  }

  /** The store never leaves a file empty. */
  #forgetSizes(): void {
    if (this.#database) this.#database = { ...this.#database, size: 1n };
    if (this.#journal) this.#journal = { ...this.#journal, size: 1n };
  }

  #lossOf(database: Seen | undefined, journal: Seen | undefined): LostFile | undefined {
    const { path } = this.details;
    const ofDatabase = changeOf(this.#database, database);
    if (ofDatabase) return { file: 'database', path, what: ofDatabase };
    const ofJournal = changeOf(this.#journal, journal);
    return ofJournal && { file: 'journal', path: `${path}-wal`, what: ofJournal };
  }

  #look(): Promise<[Seen | undefined, Seen | undefined]> {
    const { path } = this.details;
    return Promise.all([seen(path), seen(`${path}-wal`)]);
  }
}

function changeOf(before: Seen | undefined, now: Seen | undefined): LostFile['what'] | undefined {
  if (!before) return undefined;
  if (!now) return 'was removed';
  if (before.inode !== now.inode || before.device !== now.device) return 'was replaced';
  return now.size < before.size ? 'was cut' : undefined;
}

async function seen(path: string): Promise<Seen | undefined> {
  try {
    const { ino: inode, dev: device, size } = await stat(path, { bigint: true });
    return { inode, device, size };
  } catch {
    // Also where the folder has gone, or may not be entered any more.
    return undefined;
  }
}
