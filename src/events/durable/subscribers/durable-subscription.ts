/** What the host knows of a durable subscription, whether its plugin runs or not. */
import type { SubscriptionSession } from '../session/subscription-session.js';

export class DurableSubscription {
  /** Set while its plugin runs. */
  session: SubscriptionSession | undefined;
  /** Events that it has not dealt with: those in the log, and those that records own. */
  backlog = 0;
  /** How many of them are parked, because the handler does not know the version of the event. */
  parked = 0;
  /** Its handler runs, and what is still parked is of versions that it does not know. */
  isSorted = false;
  /** Its plugin, or the handler there, is gone, as this process knows for sure. */
  isMissing = false;
  /** Since when, as a moment of `DueClock`; also from before the start, until the handler is back. */
  missingSince: number | undefined;
  /** It has been missing for too long, or with too much: it gets nothing new, and keeps what it has. */
  isStranded = false;
  /** `Class.method` that it was last declared for, where the store knows it. */
  handler: string | undefined;
  /** The how manieth it is that was made known since the server has started; 0: it was known before. */
  ordinal = 0;
  /** Where order by key goes before priority. */
  isKeyed = false;
  /** Positions of the log, not read yet, whose events have overtaken the others. */
  readonly ahead = new Set<number>();
  /** The rank of the least important event that waits in the log; 0 where nobody knows, `Infinity` where none does. */
  leastWaiting = Number.POSITIVE_INFINITY;
  /** Up to here every position that is not dealt with counts in the backlog, also of events that are not for it: nobody has looked yet. */
  countedThrough = 0;
  /** Events for it that are on their way to the disk, or that units of work have staged. */
  reserved = 0;

  constructor(
    readonly name: string,
    readonly plugin: string,
    readonly event: string,
  ) {}

  /** So many more deliveries of it are in the store, due at that moment. */
  requeued(count: number, due: number): void {
    this.backlog += count;
    this.session?.expect(due);
  }

  /** The log is read anew from here on: what lies before is over. */
  readsFrom(position: number): void {
    for (const overtaker of this.ahead) if (overtaker <= position) this.ahead.delete(overtaker);
  }
}
