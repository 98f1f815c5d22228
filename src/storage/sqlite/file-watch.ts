/**
 * Notices within a second that the files of an open store were removed, replaced or cut: SQLite goes on writing to what it has open,
 * which no path leads to any more, and to the old end of what was cut. Costs a look at two files in half a second, and nothing for a write.
 */
import { open, stat } from 'node:fs/promises';
import type { Clock, ClockTimer } from '../../common/index.js';

const INTERVAL_MS = 500;

/** In bytes, of the journal: https://sqlite.org/fileformat2.html#the_write_ahead_log */
const JOURNAL_HEADER = 32;
const FRAME_HEADER = 24;
const PAGE_SIZE_AT = 8;

/** The journal begins with a number that is never zero, and so does each of its frames. */
const PROBE_LENGTH = 4;

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

interface SeenJournal extends Seen {
  /** A place that is never zero. Only a cut makes it so: what is written at the old end afterwards leaves zeros before it. */
  readonly probe: number;
  /** Whether the place of the look before is zero now. */
  readonly isEmptied: boolean;
}

export interface FileWatchDetails {
  /** Path of the database; the journal is beside it. */
  readonly path: string;
  readonly clock: Clock;
  /** How often the store itself has made its files smaller so far: their sizes from before and after cannot be compared. */
  readonly shrinks: () => number;
  /** Called once. */
  readonly lost: (lost: LostFile) => void;
}

export class FileWatch {
  #database: Seen | undefined;
  #journal: SeenJournal | undefined;
  /** The state before the files were checked. */
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
    const hasShrunk = this.#shrinks !== shrinks || this.details.shrinks() !== shrinks;
    if (hasShrunk) this.#forgetSizes();
    const lost = this.#lossOf(database, hasShrunk && journal ? { ...journal, isEmptied: false } : journal);
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
    if (this.#journal) this.#journal = { ...this.#journal, size: 1n, probe: 0 };
  }

  #lossOf(database: Seen | undefined, journal: SeenJournal | undefined): LostFile | undefined {
    const { path } = this.details;
    const ofDatabase = changeOf(this.#database, database);
    if (ofDatabase) return { file: 'database', path, what: ofDatabase };
    const ofJournal = changeOf(this.#journal, journal) ?? (journal?.isEmptied === true ? 'was cut' : undefined);
    return ofJournal && { file: 'journal', path: `${path}-wal`, what: ofJournal };
  }

  #look(): Promise<[Seen | undefined, SeenJournal | undefined]> {
    const { path } = this.details;
    return Promise.all([seen(path), seenJournal(`${path}-wal`, this.#journal?.probe ?? 0)]);
  }
}

function changeOf(before: Seen | undefined, now: Seen | undefined): LostFile['what'] | undefined {
  if (!before) return undefined;
  if (!now) return 'was removed';
  if (before.inode !== now.inode || before.device !== now.device) return 'was replaced';
  return now.size < before.size ? 'was cut' : undefined;
}

/** Never opens the database: to close it again would give up the lock that SQLite has on it. */
async function seen(path: string): Promise<Seen | undefined> {
  try {
    const { ino: inode, dev: device, size } = await stat(path, { bigint: true });
    return { inode, device, size };
  } catch {
    // Also where the folder has gone, or may not be entered any more.
    return undefined;
  }
}

async function seenJournal(path: string, probed: number): Promise<SeenJournal | undefined> {
  try {
    await using file = await open(path);
    const { ino: inode, dev: device, size } = await file.stat({ bigint: true });
    const [header, probe] = [Buffer.alloc(JOURNAL_HEADER), Buffer.alloc(PROBE_LENGTH)];
    await file.read(header, 0, header.length, 0);
    const { bytesRead } = await file.read(probe, 0, probe.length, probed);
    return {
      inode,
      device,
      size,
      probe: lastFrameOf(header, size),
      isEmptied: bytesRead === PROBE_LENGTH && probe.readUInt32BE() === 0,
    };
  } catch {
    return undefined;
  }
}

/** Where the last whole frame of a journal begins; 0 where there is no frame. */
function lastFrameOf(header: Buffer, size: bigint): number {
  const frame = FRAME_HEADER + header.readUInt32BE(PAGE_SIZE_AT);
  const frames = Math.floor((Number(size) - JOURNAL_HEADER) / frame);
  return frames > 0 ? JOURNAL_HEADER + (frames - 1) * frame : 0;
}
