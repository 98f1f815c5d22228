/** The requests that one plugin has open, so that its stop can wait for them and then cut what is left. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../common/index.js';

export class OpenRequests {
  readonly #responses = new Set<ServerResponse>();
  readonly #idleListeners = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  get count(): number {
    return this.#responses.size;
  }

  /** Counts a request until its response is sent or its client has gone. */
  track(response: ServerResponse): void {
    this.#responses.add(response);
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.#responses.size === 0) for (const notify of this.#idleListeners) notify();
    });
  }

  /**
   * Ends event streams at once, since they never end by themselves, waits up to `timeoutMs` for everything else, and destroys what is
   * still open then.
   *
   * @returns how many were destroyed
   */
  async drain(timeoutMs: number): Promise<number> {
    for (const response of this.#responses) if (isEventStream(response)) response.end();
    await this.#idle(timeoutMs);
    const left = [...this.#responses];
    for (const response of left) response.destroy();
    return left.length;
  }

  #idle(timeoutMs: number): Promise<void> {
    if (this.#responses.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel();
        this.#idleListeners.delete(finish);
        resolve();
      };
      const timer = this.clock.after(timeoutMs, finish);
      this.#idleListeners.add(finish);
    });
  }
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
