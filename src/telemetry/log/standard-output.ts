/**
 * The standard output as the place where log lines go: written at once, and kept only while its reader lags behind. A pipe that is full
 * must not hold the event loop, and what is kept must not be lost when the process ends.
 */
import { writeSync } from 'node:fs';
import { type Clock, SystemClock } from '../../common/index.js';
import type { LogOutput } from './log-output.js';

/** Not asked of `process.stdout`, which plugins may change. */
const STANDARD_OUTPUT = 1;

/** When to look again whether the reader has made room. */
const RETRY_MS = 5;
/** Of a reader that stands still, what is kept for it. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
/** How long the end of the process waits for a reader that lags behind. */
const LAST_WAIT_MS = 2_000;

/** Writes what fits and returns how many bytes that was; throws as `fs.writeSync` does, with `EAGAIN` where nothing fits. */
export type Write = (bytes: Uint8Array) => number;

export class StandardOutput implements LogOutput {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #lostLines = 0;
  #isBroken = false;

  constructor(
    private readonly writeBytes: Write,
    private readonly clock: Clock,
    private readonly pause: (ms: number) => void = pauseThread,
  ) {}

  write(line: string): void {
    if (this.#isBroken) return;
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      this.#lostLines++;
      return;
    }
    const wasEmpty = this.#kept.length === 0;
    this.#keep(line);
    if (!wasEmpty) return;
    this.#flush();
    if (this.#kept.length === 0) return;
    process.on('exit', this.#onExit);
    this.#retryLater();
  }

  #keep(line: string): void {
    const bytes = Buffer.from(line);
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }

  #retryLater(): void {
    this.clock.after(RETRY_MS, () => {
      this.#flush();
      if (this.#kept.length > 0) this.#retryLater();
      else process.off('exit', this.#onExit);
    });
  }

  readonly #onExit = (): void => this.flush();

  /** Writes what is kept, and waits for a reader that lags behind for at most 2 s. */
  flush(): void {
    for (let waitedMs = 0; this.#kept.length > 0 && waitedMs < LAST_WAIT_MS; waitedMs += RETRY_MS) {
      this.pause(RETRY_MS);
      this.#flush();
    }
  }

  #flush(): void {
    while (this.#kept.length > 0) {
      const bytes = this.#kept.length === 1 ? (this.#kept[0] as Buffer) : Buffer.concat(this.#kept);
      const written = this.#tryWrite(bytes);
      this.#kept = written < bytes.length ? [bytes.subarray(written)] : [];
      this.#keptBytes = bytes.length - written;
      if (written === 0) return;
      if (this.#kept.length === 0) this.#tellLost();
    }
  }

  /** What cannot be written for any other reason than a slow reader is given up: there is no place left to complain. */
  #tryWrite(bytes: Buffer): number {
    try {
      return this.writeBytes(bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EBUSY') return 0;
      this.#isBroken = code === 'EPIPE';
      return bytes.length;
    }
  }

  #tellLost(): void {
    if (this.#lostLines === 0) return;
    const record = {
      level: 'warn',
      time: new Date(this.clock.now()).toISOString(),
      pid: process.pid,
      msg: `${this.#lostLines} lines were lost here: the reader of the log was too slow.`,
    };
    this.#lostLines = 0;
    this.#keep(`${JSON.stringify(record)}\n`);
  }
}

let shared: StandardOutput | undefined;

/** One for the process: lines of two applications must not overtake each other. */
export function standardOutput(): LogOutput {
  return (shared ??= new StandardOutput((bytes) => writeSync(STANDARD_OUTPUT, bytes), new SystemClock()));
}

/** Writes what is kept for a slow reader; for an end of the process that runs no listeners. */
export function flushStandardOutput(): void {
  shared?.flush();
}

function pauseThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}
