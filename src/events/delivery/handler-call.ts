/** One attempt of one handler: what the handler is given as its `EventContext`, and the place where its result arrives. */
import type { LoggerService } from '@nestjs/common';
import type { EventContext } from '../../plugin/index.js';
import type { PublishedEvent } from '../dispatch/published-event.js';
import { DeliveryAbandonedError, HandlerTimeoutError } from '../events.errors.js';
import type { DeadlineList, Timed } from './deadline-sweep.js';

export type CallResult = 'handled' | 'failed' | 'timed-out' | 'abandoned';

/** Who is called. */
export interface CallTarget {
  readonly plugin: string;
  /** `Class.method`. */
  readonly label: string;
  readonly logger: LoggerService;
  readonly deadlines: DeadlineList;
  /** Runs the author's method. */
  invoke(payload: unknown, call: HandlerCall): unknown;
}

/** Who waits for the result. */
export interface CallOwner {
  /** Called once for each call. */
  callEnded(call: HandlerCall, result: CallResult, error: unknown): void;
}

/**
 * A call ends once: by its result, by its deadline, or by its plugin's stop. Whatever comes after that changes nothing.
 * Author, sweep and owner share this one object because there is one for each handler of each event.
 */
export class HandlerCall implements EventContext, Timed {
  dueMs = 0;
  previous: Timed | undefined = undefined;
  next: Timed | undefined = undefined;
  #hasEnded = false;
  #isTimed = false;
  #endedBy: Error | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(
    readonly target: CallTarget,
    readonly owner: CallOwner,
    readonly event: PublishedEvent,
    readonly attempt: number,
  ) {}

  get id(): string {
    return this.event.id;
  }

  get name(): string {
    return this.event.origin.name;
  }

  get version(): number {
    return this.event.origin.version;
  }

  get source(): string {
    return this.event.origin.source;
  }

  get time(): number {
    return this.event.time;
  }

  get correlationId(): string {
    return this.event.correlationId;
  }

  get causationId(): string | undefined {
    return this.event.causationId;
  }

  get traceparent(): string | undefined {
    return this.event.traceparent;
  }

  get logger(): LoggerService {
    return this.target.logger;
  }

  /** Made when it is first read: most handlers never do, and it costs more than the call. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#endedBy) this.#controller.abort(this.#endedBy);
    return this.#controller.signal;
  }

  /** Calls the handler. Its owner learns the result, perhaps before this returns. */
  run(payload: unknown): void {
    let result: unknown;
    try {
      result = this.target.invoke(payload, this);
      if (!isThenable(result)) {
        this.#end('handled', undefined);
        return;
      }
      this.#isTimed = true;
      this.target.deadlines.add(this);
      result.then(
        () => this.#end('handled', undefined),
        (error: unknown) => this.#end('failed', error),
      );
    } catch (error) {
      this.#end('failed', error);
    }
  }

  /** The deadline has passed. */
  expire(): void {
    this.#isTimed = false;
    const error = new HandlerTimeoutError(this.target.plugin, this.target.label, this.name, this.target.deadlines.timeoutMs);
    this.#stop('timed-out', error);
  }

  /** Its plugin has stopped and waits no longer. */
  abandon(): void {
    this.#stop('abandoned', new DeliveryAbandonedError(this.target.plugin, this.target.label, this.name));
  }

  /** The public fields, so that an author may log the context: the object itself leads to other calls. */
  toJSON(): object {
    const { id, name, version, source, time, correlationId, causationId, traceparent, attempt } = this;
    return { id, name, version, source, time, correlationId, causationId, traceparent, attempt };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return this.toJSON();
  }

  #stop(result: CallResult, error: Error): void {
    if (this.#hasEnded) return;
    this.#endedBy = error;
    this.#end(result, error);
    this.#controller?.abort(error);
  }

  #end(result: CallResult, error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#isTimed) this.target.deadlines.remove(this);
    this.owner.callEnded(this, result, error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
