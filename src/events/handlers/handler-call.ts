/** One attempt of one handler: its `EventContext`, and the place where its result arrives. */
import type { LoggerService } from '@nestjs/common';
import type { EventContext } from '../../plugin/index.js';
import type { PublishedEvent } from '../event/published-event.js';
import { DeliveryAbandonedError, HandlerTimeoutError } from '../events.errors.js';
import type { DeadlineList, Timed } from './deadline-sweep.js';
import type { CallResult } from './delivery.js';

/** Who is called. */
export interface CallTarget {
  readonly plugin: string;
  /** `Class.method`. */
  readonly label: string;
  /** Name of a durable subscription, or plugin and handler; unique for each receiver of an event. */
  readonly subscription: string;
  readonly logger: LoggerService;
  readonly deadlines: DeadlineList;
  /** For calls that have exceeded their deadline and have not come back. */
  readonly lateDeadlines: DeadlineList;
  /** Runs the author's method. */
  invoke(payload: unknown, call: HandlerCall): unknown;
  /** The call has exceeded its second deadline, too. */
  hangs(call: HandlerCall): void;
  /** A call that hung has come back. */
  hangsNoMore(call: HandlerCall): void;
}

/** Who waits for the result. */
export interface CallOwner {
  readonly target: CallTarget;
  /** Called once for each call. */
  callEnded(call: HandlerCall, result: CallResult, error: unknown): void;
  /**
   * The handler has come back after its deadline, or hangs: its key and its place are free. Called once after a `callEnded` during which the call
   * `isLate`. Without this method no call is ever late.
   */
  callIsOver?(call: HandlerCall): void;
}

/**
 * A call ends once: by its result, by its deadline, or by its plugin's stop. Later results change nothing. A call that has exceeded its
 * deadline is late until its handler has come back, or until its second deadline.
 * Author, sweep and owner share this one object, because there is one for each handler of each event.
 */
export class HandlerCall implements EventContext, Timed {
  dueMs = 0;
  previous: Timed | undefined = undefined;
  next: Timed | undefined = undefined;
  #state: 'begun' | 'timed' | 'late' | 'hung' | 'ended' = 'begun';
  /** The controller, once the signal was read; the reason, where the call was stopped before that. */
  #abort: AbortController | Error | undefined = undefined;

  constructor(
    readonly owner: CallOwner,
    readonly event: PublishedEvent,
    readonly attempt: number,
  ) {}

  get target(): CallTarget {
    return this.owner.target;
  }

  /** The handler still runs though its deadline has passed. */
  get isLate(): boolean {
    return this.#state === 'late';
  }

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

  get idempotencyKey(): string {
    return `${this.target.subscription}:${this.event.id}`;
  }

  get logger(): LoggerService {
    return this.target.logger;
  }

  /** Created when it is first read: most handlers never read it, and it costs more than the call. */
  get signal(): AbortSignal {
    if (this.#abort instanceof AbortController) return this.#abort.signal;
    const controller = new AbortController();
    if (this.#abort) controller.abort(this.#abort);
    this.#abort = controller;
    return controller.signal;
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
      this.#state = 'timed';
      this.target.deadlines.add(this);
      result.then(
        () => this.#end('handled', undefined),
        (error: unknown) => this.#end('failed', error),
      );
    } catch (error) {
      this.#end('failed', error);
    }
  }

  /** The deadline has passed, or the second one. */
  expire(): void {
    const { target, owner } = this;
    if (this.#state === 'late') {
      this.#state = 'hung';
      target.hangs(this);
      owner.callIsOver?.(this);
      return;
    }
    const error = new HandlerTimeoutError(target.plugin, target.label, this.name, target.deadlines.timeoutMs);
    this.#state = 'ended';
    if (owner.callIsOver) {
      this.#state = 'late';
      this.dueMs = 0;
      target.lateDeadlines.add(this);
    }
    owner.callEnded(this, 'timed-out', error);
    this.#abortWith(error);
  }

  /** The plugin has stopped and waits no longer. */
  abandon(): void {
    if (this.#state !== 'begun' && this.#state !== 'timed') return;
    const error = new DeliveryAbandonedError(this.target.plugin, this.target.label, this.name);
    this.#end('abandoned', error);
    this.#abortWith(error);
  }

  /** The public fields, so that an author can log the context: the object itself leads to other calls. */
  toJSON(): object {
    const { id, name, version, source, time, correlationId, causationId, traceparent, attempt, idempotencyKey } = this;
    return { id, name, version, source, time, correlationId, causationId, traceparent, attempt, idempotencyKey };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return this.toJSON();
  }

  #abortWith(error: Error): void {
    if (this.#abort instanceof AbortController) this.#abort.abort(error);
    else this.#abort = error;
  }

  #end(result: CallResult, error: unknown): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'late' || this.#state === 'hung') {
      this.#comeBack();
      return;
    }
    if (this.#state === 'timed') this.target.deadlines.remove(this);
    this.#state = 'ended';
    this.owner.callEnded(this, result, error);
  }

  #comeBack(): void {
    const isLate = this.#state === 'late';
    this.#state = 'ended';
    if (isLate) {
      this.target.lateDeadlines.remove(this);
      this.owner.callIsOver?.(this);
    } else this.target.hangsNoMore(this);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
