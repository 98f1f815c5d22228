/**
 * Keeps a storm out of the log: of what happens again and again the first lines are written in full, then how often it happened, once a
 * minute. What is one kind is decided by a text in which numbers, ids and quoted values do not count; the number of kinds is bounded.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type ClockTimer } from '../../common/index.js';

const WINDOW_MS = 60_000;

/** Of each group; further kinds are counted together. */
const MAX_KINDS = 50;

const MAX_KIND_LENGTH = 200;

/** Numbers, hexadecimal ids and what stands in quotes. */
const VARYING = /"[^"]*"|'[^']*'|\b[0-9a-f-]*\d[0-9a-f-]*\b/gi;

export interface RepeatedLine {
  /** Whose storm it is and what it is about; not bounded, so never made of what comes from outside. */
  readonly group: string;
  /** What tells kinds of a group apart, such as the message of an error. */
  readonly kind: string;
  /** How many are written in full in a row. Default: 1. */
  readonly inFull?: number;
  /** Writes the line. */
  readonly write: () => void;
  /** Writes that there were more of this kind. */
  readonly writeCount: (text: string) => void;
}

interface Kind {
  written: number;
  uncounted: number;
  writeCount: RepeatedLine['writeCount'];
}

@Injectable()
export class RepeatedLines implements OnApplicationShutdown {
  readonly #groups = new Map<string, Map<string, Kind>>();
  /** When the window ends, on the monotonic clock; `undefined` where nothing was written. */
  #endsMs: number | undefined;
  /** Runs while something is counted that has to be written at the end of the window. */
  #timer: ClockTimer | undefined;

  constructor(private readonly clock: Clock) {}

  /** Writes the line, or counts it. */
  write({ group, kind, inFull = 1, write, writeCount }: RepeatedLine): void {
    const nowMs = this.clock.monotonicMs();
    if (this.#endsMs !== undefined && nowMs >= this.#endsMs) this.#endWindow();
    this.#endsMs ??= nowMs + WINDOW_MS;
    const found = this.#kindOf(group, kind);
    found.writeCount = writeCount;
    if (found.written >= inFull) {
      found.uncounted++;
      this.#timer ??= this.clock.after(this.#endsMs - nowMs, () => this.#endWindow(), { background: true });
      return;
    }
    found.written++;
    write();
  }

  onApplicationShutdown(): void {
    this.flush();
  }

  /** Writes what was counted and not written yet. */
  flush(): void {
    this.#endWindow();
  }

  #kindOf(group: string, text: string): Kind {
    let kinds = this.#groups.get(group);
    if (!kinds) this.#groups.set(group, (kinds = new Map<string, Kind>()));
    const short = text.slice(0, MAX_KIND_LENGTH).replace(VARYING, '#');
    const name = kinds.has(short) || kinds.size < MAX_KINDS ? short : '';
    let kind = kinds.get(name);
    if (!kind) kinds.set(name, (kind = { written: 0, uncounted: 0, writeCount: () => undefined }));
    return kind;
  }

  /** What did not happen in the window is written in full when it happens again. */
  #endWindow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [group, kinds] of this.#groups) {
      for (const [name, kind] of kinds) {
        if (kind.uncounted === 0) kinds.delete(name);
        else kind.writeCount(`${kind.uncounted} more within a minute`);
        kind.uncounted = 0;
      }
      if (kinds.size === 0) this.#groups.delete(group);
    }
    this.#endsMs = this.#groups.size > 0 ? this.clock.monotonicMs() + WINDOW_MS : undefined;
  }
}
