/** One subscription of one running plugin: calls the author's method and accounts for how that ended. */
import { AsyncResource } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { toError } from '../../common/index.js';
import type { EventClass } from '../../plugin/index.js';
import type { EmitterListening } from '../contracts/subscription.js';
import { ReceivedEvent, type PublishedEvent } from '../event/published-event.js';
import { EventQueueFullError } from '../events.errors.js';
import type { HandlerCounters } from '../event-counters.js';
import type { DeliveryOutcome } from '../event/delivery-report.js';
import type { DeadlineList, DeadlineSweep } from './deadline-sweep.js';
import { isPlain, type DeliveryPolicy } from './delivery-policy.js';
import { type DeliveryEnd, DeliveryQueue, type QueueOwner } from './delivery-queue.js';
import type { Detour, WaitingDelivery } from './detour.port.js';
import type { EventReader } from './event-reader.js';
import type { FailurePort } from './failure.port.js';
import { HandlerCall, type CallOwner, type CallResult, type CallTarget } from './handler-call.js';

/** What makes a subscription durable. */
export interface DurableIdentity {
  readonly name: string;
  readonly eventClass: EventClass;
  readonly from: 'now' | 'beginning';
}

export interface HandlerDetails {
  readonly plugin: string;
  /** `Class.method`. */
  readonly label: string;
  readonly pattern: string;
  /** Set for a durable subscription, whose deliveries do not come through `deliver`. */
  readonly durable?: DurableIdentity | undefined;
  /** Set for a method with the decorator of `@nestjs/event-emitter`. */
  readonly listens?: (EmitterListening & { readonly isPerRequest: boolean }) | undefined;
  /** Where the subscription names a class. */
  readonly reader: EventReader | undefined;
  readonly instance: object;
  readonly method: (this: object, payload: unknown, call: HandlerCall) => unknown;
  readonly logger: LoggerService;
  readonly policy: DeliveryPolicy;
  readonly queueLimit: number;
  /** How long a call may hold a key or a place after its deadline. */
  readonly hungAfterMs: number;
  readonly counters: HandlerCounters;
}

export class Handler implements QueueOwner, CallOwner {
  readonly plugin: string;
  readonly label: string;
  readonly logger: LoggerService;
  readonly deadlines: DeadlineList;
  readonly lateDeadlines: DeadlineList;
  readonly counters: HandlerCounters;
  /** What an undisturbed delivery ends with: one object for all, because almost all end so; over a restart that holds events, the former handler's. */
  expected: DeliveryOutcome;
  /** Deliveries that have not ended. */
  open = 0;
  /** Calls that have exceeded their second deadline and have not come back. */
  hanging = 0;
  /** Deliveries that ended as abandoned. */
  abandoned = 0;
  /** Called when the last open delivery of a closed handler has ended. */
  onIdle: (() => void) | undefined = undefined;
  readonly #method: HandlerDetails['method'];
  readonly #instance: object;
  readonly #queueLimit: number;
  readonly #queue: DeliveryQueue | undefined;
  /** Events of this class need no reader; `undefined`: none does. */
  readonly #eventClass: object | undefined;
  #isClosed = false;
  /** Set while deliveries go elsewhere, because the plugin restarts. */
  #detour: Detour | undefined = undefined;
  /** Closed or on a detour: one look at each delivery. */
  #isPassive = false;
  #isOverflowing = false;

  constructor(
    readonly details: HandlerDetails,
    readonly sweep: DeadlineSweep,
    readonly failures: FailurePort,
  ) {
    const { plugin, label, policy } = details;
    this.plugin = plugin;
    this.label = label;
    this.logger = details.logger;
    this.counters = details.counters;
    this.deadlines = sweep.listFor(policy.timeoutMs);
    this.lateDeadlines = sweep.listFor(details.hungAfterMs);
    this.expected = Object.freeze({
      plugin,
      handler: label,
      status: 'handled',
      attempts: 1,
      durationMs: undefined,
      error: undefined,
    });
    this.#method = details.method;
    this.#instance = details.instance;
    this.#queueLimit = details.queueLimit;
    this.#eventClass = details.reader?.eventClass;
    this.#queue = isPlain(policy) ? undefined : new DeliveryQueue(this, policy);
  }

  get subscription(): string {
    return this.details.durable?.name ?? `${this.plugin}/${this.label}`;
  }

  /** Nothing is to be called any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get target(): CallTarget {
    return this;
  }

  /** Calls the method with this event, now or when its policy says so. Never throws. */
  deliver(event: PublishedEvent): void {
    this.open++;
    if (this.#isPassive) this.#turnAway({ event, attempts: 0, resource: new AsyncResource('PanottiHeld') });
    else if (this.open > this.#queueLimit) this.#refuse(event);
    else if (this.#eventClass !== undefined && event.origin.eventClass !== this.#eventClass) this.#read(event, 0);
    else if (this.#queue) this.#queue.accept(event);
    else new HandlerCall(this, event, 1).run(event.payload);
  }

  /** Takes over a delivery that was held while the plugin restarted. Never throws. */
  resume(delivery: WaitingDelivery): void {
    const { event, attempts } = delivery;
    this.open++;
    if (this.#isPassive) this.#turnAway(delivery);
    else if (this.open > this.#queueLimit) this.#refuse(event);
    else this.#read(event, attempts);
  }

  /** Sends every delivery on this way until `endDetour`, also what waits when the handler is closed. What runs goes on. */
  detour(detour: Detour): void {
    this.#detour = detour;
    this.#isPassive = true;
  }

  endDetour(): void {
    this.#detour = undefined;
    this.#isPassive = this.#isClosed;
  }

  invoke(payload: unknown, call: HandlerCall): unknown {
    return this.#method.call(this.#instance, payload, call);
  }

  hangs({ event }: HandlerCall): void {
    this.hanging++;
    // One that was closed has been given up before.
    if (!this.#isClosed) this.failures.callHangs({ target: this, event, lateMs: this.details.hungAfterMs });
  }

  hangsNoMore(): void {
    this.hanging--;
  }

  callEnded({ event }: HandlerCall, result: CallResult, error: unknown): void {
    if (result === 'handled' && event.startedMs === 0) this.concludeHandled(event);
    else {
      const durationMs = event.startedMs === 0 ? undefined : this.durationSince(event.startedMs);
      this.conclude(event, { result, attempts: 1, durationMs, error });
    }
  }

  /** Accounts for an open delivery that has ended well, at the first attempt and unmeasured. */
  concludeHandled(event: PublishedEvent): void {
    this.counters.handled++;
    event.report?.settled();
    this.#closeOne();
  }

  /** Accounts for an open delivery that has ended. */
  conclude(event: PublishedEvent, end: DeliveryEnd): void {
    if (end.result === 'abandoned') this.abandoned++;
    this.settle(event, end);
    this.#closeOne();
  }

  /** Tells how a delivery ended that is not open here: counters, the waiting publisher, the report of a failure. */
  settle(event: PublishedEvent, end: DeliveryEnd): void {
    const { result: status, attempts, durationMs, isDeadLetter = false } = end;
    this.counters.ended(status);
    const error = status === 'handled' || end.error === undefined ? undefined : toError(end.error);
    event.report?.settledWith(this.expected, {
      plugin: this.plugin,
      handler: this.label,
      status,
      attempts,
      durationMs,
      error,
    });
    if (status === 'failed' || status === 'timed-out') {
      const isRepeated = this.#isOverflowing && attempts === 0;
      const { attempts: maxAttempts } = this.details.policy;
      this.failures.deliveryFailed({
        target: this,
        event,
        status,
        attempts,
        maxAttempts,
        error: toError(end.error),
        isRepeated,
        isDeadLetter,
      });
    }
  }

  get canGiveBack(): boolean {
    return this.#detour?.isOpen ?? false;
  }

  giveBack(delivery: WaitingDelivery): void {
    this.#turnAway(delivery);
  }

  /** An open delivery ends here without a result: the store keeps it for later. */
  handBack(): void {
    this.#closeOne();
  }

  /** Records the duration of an attempt, and returns it in milliseconds. */
  durationSince(startedMs: number): number {
    const durationMs = this.sweep.clock.monotonicMs() - startedMs;
    this.counters.measured(durationMs);
    return durationMs;
  }

  /** Takes nothing new; what waits is abandoned, or goes on its detour; what runs goes on. */
  close(): void {
    this.#isClosed = true;
    this.#isPassive = true;
    for (const delivery of this.#queue?.close() ?? []) this.#turnAway(delivery);
  }

  /** Aborts what still runs. */
  abandonRunning(): void {
    const running = [...this.deadlines.entries()].filter(
      (entry) => entry instanceof HandlerCall && entry.target === this,
    );
    for (const call of running) if (call instanceof HandlerCall) call.abandon();
  }

  /** Takes an event that has to be made one of the handler's class. */
  #read(given: PublishedEvent, attempts: number): void {
    let event: PublishedEvent;
    try {
      event = this.details.reader?.read(given) ?? given;
    } catch (error) {
      this.conclude(given, { result: 'failed', attempts, durationMs: undefined, error });
      return;
    }
    if (this.#queue) this.#queue.accept(event, attempts);
    else new HandlerCall(this, event, 1).run(event.payload);
  }

  #turnAway(delivery: WaitingDelivery): void {
    const { event, attempts } = delivery;
    if (this.#detour) {
      // The next instance of the plugin may have another class of it.
      this.#detour.take(event instanceof ReceivedEvent ? { ...delivery, event: event.published } : delivery);
      this.#closeOne();
    } else this.conclude(event, { result: 'abandoned', attempts, durationMs: undefined, error: undefined });
  }

  #refuse(event: PublishedEvent): void {
    const error = new EventQueueFullError(this.plugin, this.label, event.origin.name, this.#queueLimit);
    this.conclude(event, { result: 'failed', attempts: 0, durationMs: undefined, error });
    this.#isOverflowing = true;
  }

  #closeOne(): void {
    this.open--;
    if (this.#isOverflowing && this.open * 2 < this.#queueLimit) this.#isOverflowing = false;
    if (this.#isClosed && this.open === 0) this.onIdle?.();
  }
}
