/** What a handler learns about the event that it was given. The events room makes these; names follow CloudEvents 1.0 and W3C Trace Context. */
import type { LoggerService } from '@nestjs/common';

export interface EventContext {
  /** Unique and time-ordered. */
  readonly id: string;
  /** As in `@EventContract`: `recording.ended`. */
  readonly name: string;
  /** The version of the event's contract, 1 where it names none. */
  readonly version: number;
  /** The plugin that published it; `panotti` for the host's own events. */
  readonly source: string;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /** The same for everything that one request or one first event caused. */
  readonly correlationId: string;
  /** The id of the event in whose handler this one was published. */
  readonly causationId: string | undefined;
  /** The W3C trace parent of the publisher, where it had one. */
  readonly traceparent: string | undefined;
  /** 1 for the first delivery to this handler, 2 for the first retry, and so on. */
  readonly attempt: number;
  /**
   * The same for every attempt of this handler with this event, over restarts, retries and replays, and no other's: to be handed to whatever
   * lies outside of the server and must not happen twice, such as a payment. In a batch it is that of the first event, and a batch that fails
   * may be put together anew.
   */
  readonly idempotencyKey: string;
  /** Aborts at the handler's deadline, and when its plugin stops before the handler is done. */
  readonly signal: AbortSignal;
  /** Writes with the plugin, the event and the correlation id on every line. */
  readonly logger: LoggerService;
}
