/** The requests that one plugin has open, so that its stop can wait for them and then cut what is left. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../common/index.js';
import type { IncomingBody } from '../bodies/incoming-body.js';

/** The part of the drain time that handlers have for an answer after their unfinished uploads were ended. */
const SHARE_FOR_ANSWERS = 0.2;

export class OpenRequests {
  readonly #responses = new Set<ServerResponse>();
  /** Connections of event streams that were ended. */
  readonly #closing = new Set<Socket>();
  /** Bodies that are still coming, or were not read to their end. */
  readonly #bodies = new Set<IncomingBody>();
  readonly #idleListeners = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /** Counts a request until its response is sent or its client has gone. */
  track(response: ServerResponse): void {
    // Its client has gone already, so there is no `close` event to come.
    if (response.closed) return;
    this.#untilClosed(this.#responses, response);
  }

  trackBody(body: IncomingBody): void {
    this.#bodies.add(body);
    body.once('close', () => this.#bodies.delete(body));
  }

  /**
   * Ends event streams at once, since they never end by themselves, and requests that no handler has got yet, waits up to `timeoutMs` for
   * everything else, and destroys what is still open then. Uploads that are not complete when four fifths of the time have passed fail, so
   * that their handlers can release their resources and answer: a slow client must not make the stop of the plugin unclean.
   *
   * @returns how many were destroyed
   */
  async drain(timeoutMs: number): Promise<number> {
    for (const response of this.#responses) if (isEventStream(response)) this.#endWithConnection(response);
    for (const body of this.#bodies) if (body.isBuffered) body.stop();
    const forAnswersMs = this.#bodies.size > 0 ? timeoutMs * SHARE_FOR_ANSWERS : 0;
    await this.#idle(timeoutMs - forAnswersMs);
    for (const body of this.#bodies) body.stop();
    if (forAnswersMs > 0) await this.#idle(forAnswersMs);
    const left = [...this.#responses];
    for (const open of [...left, ...this.#closing]) open.destroy();
    return left.length;
  }

  /** Nest goes on with the source of an event stream until the connection closes, which a client may keep alive. */
  #endWithConnection(response: ServerResponse): void {
    const { socket, req } = response;
    // A connection of HTTP/2 has other streams.
    if (!socket || req.httpVersionMajor > 1) return void response.end();
    this.#untilClosed(this.#closing, socket);
    response.end(() => socket.destroySoon());
  }

  #untilClosed<T extends ServerResponse | Socket>(open: Set<T>, one: T): void {
    open.add(one);
    one.once('close', () => {
      open.delete(one);
      if (this.#isIdle) for (const notify of this.#idleListeners) notify();
    });
  }

  get #isIdle(): boolean {
    return this.#responses.size === 0 && this.#closing.size === 0;
  }

  #idle(timeoutMs: number): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
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
