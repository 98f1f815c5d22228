/**
 * Which events a subscription gets from memory, and which it reads from the log: it is live while there is room for what is published, and
 * falls back to the log when there is none, when its plugin comes back and after a start of the server.
 */
import type { LogEntry, Store, StoredCursor } from '../../../storage/index.js';

export interface FeedPorts {
  readonly store: Store;
  /** The name of the subscription's event. */
  readonly event: string;
  /** The position of the newest event that was handed out after its commit. */
  readonly tail: () => number;
  /** How many more events may be taken. */
  readonly room: () => number;
  /** Whether the event at this position has become a record, and is none of the feed's any more. Asked once for each. */
  readonly hasOvertaken: (position: number) => boolean;
  readonly take: (entry: LogEntry) => void;
  /** A position that is no affair of this subscription. */
  readonly pass: (position: number) => void;
  /** The log was read up to here, or to its end. */
  readonly read: (through: number) => void;
  /** Nothing waits in the log any more. */
  readonly caughtUp: () => void;
  /** A page of the log could not be read. */
  readonly failed: (error: unknown) => void;
}

const PAGE = 200;

export class SubscriptionFeed {
  #state: 'closed' | 'reading' | 'live' = 'closed';
  #fedThrough = 0;
  #cursor: StoredCursor = { position: 0, above: [] };
  #isReading = false;

  constructor(private readonly ports: FeedPorts) {}

  open(cursor: StoredCursor): void {
    this.#cursor = cursor;
    this.#fedThrough = cursor.position;
    this.#state = 'reading';
    this.pump();
  }

  close(): void {
    this.#state = 'closed';
  }

  /** Whether the event is to be taken now; if not, it will be read from the log. */
  offer(position: number): boolean {
    if (this.#state === 'closed') return false;
    // Two commits may be handed out in another order than that of their positions.
    if (position <= this.#fedThrough) return true;
    if (this.#state === 'live' && this.ports.room() > 0) {
      this.#fedThrough = position;
      return true;
    }
    if (this.#state === 'live') this.#state = 'reading';
    return false;
  }

  /** To be called when there may be room again. */
  pump(): void {
    if (this.#isReading || this.#state !== 'reading') return;
    void this.#read().catch((error: unknown) => this.ports.failed(error));
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#state === 'reading' && this.ports.room() > 0) {
        if (this.#fedThrough >= this.ports.tail()) {
          this.#state = 'live';
          this.ports.read(Number.POSITIVE_INFINITY);
          this.ports.caughtUp();
          return;
        }
        await this.#readPage(this.ports.tail());
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #readPage(through: number): Promise<void> {
    const page = await this.ports.store.readLog({
      after: this.#fedThrough,
      through,
      limit: Math.min(PAGE, this.ports.room()),
    });
    if (this.#state !== 'reading') return;
    // Damage is known to the store by now, and nobody will ever be able to deliver it.
    for (const damage of page.damaged) if (damage.kind === 'entry') this.ports.pass(damage.position);
    for (const entry of page.entries) this.#feed(entry);
    this.#fedThrough = page.next ?? through;
    this.ports.read(this.#fedThrough);
    // Others get their turn between two pages; not before the end, which would never be reached while they publish.
    if (this.#fedThrough < this.ports.tail()) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #feed(entry: LogEntry): void {
    if (this.ports.hasOvertaken(entry.position)) return;
    const { position, above } = this.#cursor;
    if (entry.position <= position || above.some(([first, last]) => entry.position >= first && entry.position <= last))
      return;
    if (entry.name === this.ports.event) this.ports.take(entry);
    else this.ports.pass(entry.position);
  }
}
