/**
 * Which events a subscription gets from memory, and which it reads from the log. It is live while there is room for what is published, and reads
 * the log when there is no room, when its plugin comes back and after a start of the server.
 */
import { nextTurn } from '../../../common/index.js';
import type { LogEntry, StoredCursor } from '../../../storage/index.js';
import { openedEvent } from '../records/stored-event.js';
import type { DueRows } from './due-rows.js';
import type { KeyOrder } from './key-order.js';
import type { DeliveryFlow, SessionContext } from './session-context.js';

const PAGE = 200;

export class SubscriptionFeed {
  #state: 'closed' | 'reading' | 'live' = 'closed';
  #fedThrough = 0;
  #cursor: StoredCursor = { position: 0, above: [] };
  #isReading = false;

  constructor(
    private readonly context: SessionContext,
    private readonly order: KeyOrder,
    private readonly rows: DueRows,
    private readonly flow: DeliveryFlow,
  ) {}

  open(cursor: StoredCursor): void {
    this.#cursor = cursor;
    this.#fedThrough = cursor.position;
    this.#state = 'reading';
    this.pump();
  }

  close(): void {
    this.#state = 'closed';
  }

  /** @returns true if the published event is to be taken now; otherwise it is read from the log */
  offer(position: number): boolean {
    if (this.#state === 'closed') return false;
    // Two commits may be handed out in another order than that of their positions.
    if (position <= this.#fedThrough) return true;
    if (this.#state === 'live' && this.#room > 0) {
      this.#fedThrough = position;
      return true;
    }
    if (this.#state === 'live') this.#state = 'reading';
    this.pump();
    return false;
  }

  /** To be called when there may be room again. */
  pump(): void {
    if (this.#isReading || this.#state !== 'reading') return;
    void this.#read().catch((error: unknown) => this.context.report('could not read the log', error));
  }

  get #room(): number {
    return this.rows.hasUrgent ? 0 : Math.min(this.context.window.room, this.order.roomForLog);
  }

  async #read(): Promise<void> {
    const { log } = this.context.shared;
    this.#isReading = true;
    try {
      while (this.#state === 'reading' && this.#room > 0) {
        if (this.#fedThrough >= log.tail) {
          this.#state = 'live';
          this.order.read(Number.POSITIVE_INFINITY);
          this.context.overtakers.caughtUp();
          return;
        }
        await this.#readPage(log.tail);
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #readPage(through: number): Promise<void> {
    const { store, log } = this.context.shared;
    const limit = Math.min(PAGE, this.#room);
    const page = await store.readLog({ after: this.#fedThrough, through, limit });
    if (this.#state !== 'reading') return;
    // The store knows of the damage by now, and no handler will ever get the event.
    for (const damage of page.damaged) if (damage.kind === 'entry') this.#pass(damage.position);
    for (const entry of page.entries) this.#feed(entry);
    this.#fedThrough = page.next ?? through;
    this.order.read(this.#fedThrough);
    // Other work gets its turn between two pages; not before the end, which would never be reached while others publish.
    if (this.#fedThrough < log.tail) await nextTurn();
  }

  #feed(entry: LogEntry): void {
    const { overtakers, handler, opener } = this.context;
    if (overtakers.skips(entry.position)) return;
    const { position, above } = this.#cursor;
    if (entry.position <= position || above.some(([first, last]) => entry.position >= first && entry.position <= last))
      return;
    const opened = entry.name === handler.details.pattern ? openedEvent(entry) : undefined;
    // A delayed event comes by its record.
    if (!opened || opened.isDelayed) this.#pass(entry.position);
    else this.flow.take(opener.entry(entry, opened));
  }

  #pass(position: number): void {
    const { name, backlog, shared } = this.context;
    shared.acknowledgements.add({ op: 'acknowledge', subscription: name, position });
    backlog.passed(position);
  }
}
