/** The subscriptions of one running plugin, and how they end. */
import type { Clock } from '../../common/index.js';
import type { AttachedHandlers } from './dispatch-tables.js';
import type { Handler } from '../handlers/handler.js';

export class Attachment implements AttachedHandlers {
  #isClosed = false;
  /** Resolves when its durable subscriptions are in the store. @throws what the store throws */
  isStored: Promise<void> = Promise.resolve();

  constructor(
    readonly plugin: string,
    readonly handlers: readonly Handler[],
    private readonly clock: Clock,
    private readonly onClose: (attachment: Attachment) => void,
  ) {}

  /** Nothing new is delivered to it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Deliveries that run or wait. */
  get open(): number {
    return this.handlers.reduce((sum, { open }) => sum + open, 0);
  }

  /**
   * Delivers nothing new from now on, and abandons what waits for a place, its turn or a retry, unless the bus holds it. What runs goes on.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onClose(this);
    for (const handler of this.handlers) handler.close();
  }

  /**
   * Closes, waits at most `timeoutMs` for what runs, and aborts the signals of the rest.
   *
   * @returns how many deliveries ended without a result since the plugin was attached: those that `close` found waiting, too
   */
  async drain(timeoutMs: number): Promise<{ abandoned: number }> {
    this.close();
    if (this.open > 0) await this.#idle(timeoutMs);
    for (const handler of this.handlers) handler.abandonRunning();
    return { abandoned: this.handlers.reduce((sum, { abandoned }) => sum + abandoned, 0) };
  }

  async #idle(timeoutMs: number): Promise<void> {
    const idle = new AbortController();
    const check = (): void => (this.open === 0 ? idle.abort() : undefined);
    for (const handler of this.handlers) handler.whenIdle(check);
    await this.clock.sleep(timeoutMs, idle.signal);
  }
}
