/**
 * The time by which durable events are due, kept and forgotten. It follows the monotonic clock and not the wall clock, also over restarts: what the
 * store calls `due` is a moment of this time. A record in the store says how it is read from the clocks of the machine.
 */
import type { Clock, ClockTimer } from '../../../common/index.js';
import { bootId, type Store, type StoreOperation } from '../../../storage/index.js';
import type { EventPriority } from '../../contracts/event-contract.metadata.js';
import { LogRange } from '../records/log-range.js';
import { ClockStretches, JUMP_MS, type Stretch } from './clock-stretches.js';

const RECORD = { table: 'host', scope: 'durable', key: 'clock' } as const;

/** How often the wall clock is looked at, so many times after something was stored or is to wait. */
const LOOK_MS = 1_000;
const QUICK_LOOKS = 60;
/** How often while nothing happens. */
const IDLE_LOOK_MS = 60_000;

/** The time since the boot is no more exact than this, and nothing may be due early. */
const BOOT_STEP_MS = 10;

/** Times of records that overtake: before every moment that the clock can show. */
const URGENT_DUES: Readonly<Partial<Record<EventPriority, number>>> = { critical: 1, high: 2 };

/** The earliest moment of this clock, behind the times of records that overtake. */
export const LEAST_DUE = 3;

/** @returns `undefined` for a priority that overtakes nothing in the store */
export function urgentDue(priority: EventPriority): number | undefined {
  return URGENT_DUES[priority];
}

export function isUrgent(due: number): boolean {
  return due < LEAST_DUE;
}

interface ClockRecord {
  /** This time was reached. */
  readonly seen: number;
  /** How far this time is ahead of the time since that boot. */
  readonly boot?: { readonly id: string; readonly aheadMs: number };
  readonly stretches: readonly Stretch[];
}

export interface DueClockOptions {
  /** The boot of the machine; `undefined` where it has no name. */
  readonly boot?: string | undefined;
  readonly log?: LogRange;
  /** Gets a sentence each time the wall clock was set. */
  readonly report?: (text: string) => void;
}

export class DueClock {
  readonly #boot: string | undefined;
  readonly #log: LogRange;
  readonly #report: (text: string) => void;
  #stretches = new ClockStretches();
  /** How far this time is ahead of the monotonic clock. */
  #aheadOfMonotonicMs: number;
  /** How far the time since the boot is ahead of the monotonic clock: it grows while the machine is suspended. */
  #bootAheadMs: number | undefined;
  /** Wall time of the last look. */
  #lookedAt: number;
  #store: Store | undefined;
  #timer: ClockTimer | undefined;
  /** Since something happened. */
  #looks = 0;

  constructor(
    private readonly clock: Clock,
    { boot = bootId(), log = new LogRange(), report = () => undefined }: DueClockOptions = {},
  ) {
    this.#boot = boot;
    this.#log = log;
    this.#report = report;
    this.#lookedAt = clock.now();
    this.#aheadOfMonotonicMs = Math.max(this.#lookedAt, LEAST_DUE) - clock.monotonicMs();
    this.#bootAheadMs = this.#bootAhead();
  }

  /** Whole milliseconds, since 1970 unless the wall clock was set. Never goes back. */
  now(): number {
    return Math.floor(this.#exactly());
  }

  /** The moment `delayMs` from now, and not a fraction earlier. */
  in(delayMs: number): number {
    this.#lookOften();
    return Math.ceil(this.#exactly() + delayMs);
  }

  /** What the wall clock shows at a moment of this time, unless it is set again. */
  wallOf(due: number): number {
    return due - this.#stretches.current.aheadMs;
  }

  /** How long ago an event was stored, in milliseconds; never negative. @param position in the log, where it is known */
  ageOf(event: { readonly time: number; readonly position?: number }): number {
    const now = this.now();
    return Math.max(0, now - this.#stretches.dueTimeOf(event, now));
  }

  /** Which stretch of the log a moment of this time is in. */
  stretchAt(due: number): Stretch & { readonly through: number } {
    return this.#stretches.at(due);
  }

  /** Continues from the record of the store. @param last the newest position of its log */
  async load(store: Store, last: number): Promise<void> {
    const record = await readRecord(store);
    const wallMs = this.clock.now();
    if (record) this.#stretches = new ClockStretches(record.stretches);
    const byWall = wallMs + this.#stretches.current.aheadMs;
    const seen = record?.seen ?? (await newestTime(store, last));
    const now = Math.max(this.#byBoot(record) ?? byWall, seen, LEAST_DUE);
    this.#aheadOfMonotonicMs = now - this.clock.monotonicMs();
    this.#notice(wallMs, last, 'While the server did not run, the wall clock');
  }

  /** Watches the wall clock from now on, or from the first event on: without events nothing depends on it. */
  begin(store: Store, has: 'events' | 'no events' = 'events'): void {
    this.#store = store;
    if (has === 'events') this.#watch();
  }

  end(): void {
    this.#store = undefined;
    this.#timer?.cancel();
  }

  /** Records how this time relates to the clocks of the machine. */
  put(): StoreOperation {
    const sinceBootMs = this.clock.sinceBootMs();
    const aheadMs = Math.floor(this.#exactly() - (sinceBootMs ?? 0));
    const record: ClockRecord = {
      seen: this.now(),
      ...(this.#boot !== undefined && sinceBootMs !== undefined && { boot: { id: this.#boot, aheadMs } }),
      stretches: this.#stretches.all,
    };
    return { op: 'put', ...RECORD, value: JSON.stringify(record) };
  }

  /** The log begins at `first` now. */
  trimmed(first: number): void {
    this.#stretches.trimmed(first);
  }

  /** To be called for each event that is stored: cheap while the wall clock goes on as it should. @param wallMs what it shows */
  glance(wallMs: number): void {
    this.#lookOften();
    const sinceMs = wallMs - this.#lookedAt;
    if (sinceMs < 0 || sinceMs >= JUMP_MS) this.look();
  }

  /** Notices that the wall clock was set, or that the machine was suspended. */
  look(): void {
    const bootAheadMs = this.#bootAhead();
    const suspendedMs = (bootAheadMs ?? 0) - (this.#bootAheadMs ?? 0);
    if (suspendedMs >= JUMP_MS) {
      this.#aheadOfMonotonicMs += suspendedMs;
      this.#bootAheadMs = bootAheadMs;
      this.#save();
    }
    this.#lookedAt = this.clock.now();
    if (this.#notice(this.#lookedAt, this.#log.tail, 'The wall clock')) this.#save();
  }

  #exactly(): number {
    return this.#aheadOfMonotonicMs + this.clock.monotonicMs();
  }

  #bootAhead(): number | undefined {
    const sinceBootMs = this.clock.sinceBootMs();
    return sinceBootMs === undefined ? undefined : sinceBootMs - this.clock.monotonicMs();
  }

  /** Known if the machine was not booted again: then the wall clock is not needed. */
  #byBoot(record: ClockRecord | undefined): number | undefined {
    const sinceBootMs = this.clock.sinceBootMs();
    if (sinceBootMs === undefined || this.#boot === undefined || record?.boot?.id !== this.#boot) return undefined;
    return sinceBootMs + record.boot.aheadMs - BOOT_STEP_MS;
  }

  /** @returns whether it was set */
  #notice(wallMs: number, tail: number, subject: string): boolean {
    const now = this.now();
    const setByMs = this.#stretches.current.aheadMs - (now - wallMs);
    if (Math.abs(setByMs) < JUMP_MS) return false;
    this.#stretches.begin({ after: tail, since: now, aheadMs: now - wallMs });
    this.#report(
      `${subject} was set ${setByMs > 0 ? 'forward' : 'back'} by ${durationText(Math.abs(setByMs))}, to ${isoText(wallMs)}. ` +
        'Retries, delays, deduplication and retention go on as planned; scheduled jobs follow the new time.',
    );
    return true;
  }

  /** A record that does not fit on the disk is written with the next. */
  #save(): void {
    this.#store?.commit([this.put()]).catch(() => undefined);
  }

  #lookOften(): void {
    const wasIdle = this.#looks >= QUICK_LOOKS;
    this.#looks = 0;
    if (!this.#store || (this.#timer && !wasIdle)) return;
    this.#timer?.cancel();
    this.#watch();
  }

  #watch(): void {
    const next = (): void => {
      this.#looks++;
      this.look();
      if (this.#store) this.#watch();
    };
    this.#timer = this.clock.after(this.#looks < QUICK_LOOKS ? LOOK_MS : IDLE_LOOK_MS, next, { background: true });
  }
}

async function readRecord(store: Store): Promise<ClockRecord | undefined> {
  try {
    const record = await store.get(RECORD.table, RECORD.scope, RECORD.key);
    // Records are sealed: the store gives back what `put` made, or nothing.
    return record && (JSON.parse(record.value) as ClockRecord);
  } catch {
    // It is damaged, which the store knows by now.
    return undefined;
  }
}

/** Time of the newest event, for a store that has no record yet: it was not stored in the future. 0 without events. */
async function newestTime(store: Store, last: number): Promise<number> {
  const { entries } = await store.readLog({ after: Math.max(0, last - 1), limit: 1 });
  return entries[0]?.time ?? 0;
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const written = parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : []));
  return written.slice(0, 2).join(' ') || '0 s';
}

function isoText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
