/** One subscription of one running plugin: calls the author's method and accounts for how that ended. */
import { AsyncResource } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { toError } from '../../common/index.js';
import { ReceivedEvent, type PublishedEvent } from '../event/published-event.js';
import { EventQueueFullError } from '../events.errors.js';
import type { HandlerCounters } from '../event-counters.js';
import type { DeliveryOutcome } from '../event/delivery-report.js';
import type { DeadlineList, DeadlineSweep } from './deadline-sweep.js';
import { DeliveryQueue, type QueueOwner } from './delivery-queue.js';
import type { CallResult, DeliveryEnd, Detour, WaitingDelivery } from './delivery.js';
import type { FailureReports } from './failure-reports.js';
import { HandlerCall, type CallOwner, type CallTarget } from './handler-call.js';
import type { HandlerDetails } from './handler-details.js';

export class Handler implements QueueOwner, CallOwner {
  readonly plugin: string;
  readonly label: string;
  readonly logger: LoggerService;
  readonly deadlines: DeadlineList;
  readonly lateDeadlines: DeadlineList;
  readonly counters: HandlerCounters;
  #expected: DeliveryOutcome;
  #open = 0;
  #hanging = 0;
  #abandoned = 0;
  #whenIdle: (() => void) | undefined = undefined;
  readonly #method: HandlerDetails['method'];
  readonly #instance: object;
  readonly #queueLimit: number;
  readonly #queue: DeliveryQueue | undefined;
  /** Events of this class need no reader; `undefined`: the handler has no reader. */
  readonly #eventClass: object | undefined;
  #isClosed = false;
  /** Set while deliveries go elsewhere, because the plugin restarts. */
  #detour: Detour | undefined = undefined;
  /** Closed or on a detour: one check for each delivery. */
  #isPassive = false;
  #isOverflowing = false;

  constructor(
    readonly details: HandlerDetails,
    readonly sweep: DeadlineSweep,
    readonly failures: FailureReports,
  ) {
    const { plugin, label, policy } = details;
    this.plugin = plugin;
    this.label = label;
    this.logger = details.logger;
    this.counters = details.counters;
    this.deadlines = sweep.listFor(policy.timeoutMs);
    this.lateDeadlines = sweep.listFor(details.hungAfterMs);
    this.#expected = Object.freeze({
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
    this.#queue = policy.isPlain ? undefined : new DeliveryQueue(this, policy);
  }

  /** The outcome of an undisturbed delivery: one object for all, because almost all end so. */
  get expected(): DeliveryOutcome {
    return this.#expected;
  }

  /** Deliveries that have not ended. */
  get open(): number {
    return this.#open;
  }

  /** Calls that have exceeded their second deadline and have not come back. */
  get hanging(): number {
    return this.#hanging;
  }

  /** Deliveries that ended as abandoned. */
  get abandoned(): number {
    return this.#abandoned;
  }

  get subscription(): string {
    return this.details.durable?.name ?? `${this.plugin}/${this.label}`;
  }

  /** The method is not called any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get target(): CallTarget {
    return this;
  }

  /** Takes the place of the handler before a restart: publishers that wait know the outcomes that it expected. */
  succeedTo(expected: DeliveryOutcome): void {
    this.#expected = expected;
  }

  /** Calls `action` whenever a delivery of the closed handler ends and no other is open. */
  whenIdle(action: () => void): void {
    this.#whenIdle = action;
  }

  /** So many deliveries come from the store: each ends by `conclude`, `concludeHandled` or `handBack`. */
  opened(count: number): void {
    this.#open += count;
  }

  /** Calls the method with this event, now or when its policy says so. Never throws. */
  deliver(event: PublishedEvent): void {
    this.#open++;
    if (this.#isPassive) this.giveBack({ event, attempts: 0, resource: new AsyncResource('PanottiHeld') });
    else if (this.#open > this.#queueLimit) this.#refuse(event);
    else if (this.#eventClass !== undefined && event.origin.eventClass !== this.#eventClass) this.#read(event, 0);
    else if (this.#queue) this.#queue.accept(event);
    else new HandlerCall(this, event, 1).run(event.payload);
  }

  /** Takes over a delivery that was held while the plugin restarted. Never throws. */
  resume(delivery: WaitingDelivery): void {
    const { event, attempts } = delivery;
    this.#open++;
    if (this.#isPassive) this.giveBack(delivery);
    else if (this.#open > this.#queueLimit) this.#refuse(event);
    else this.#read(event, attempts);
  }

  /** Sends every delivery there until `endDetour`, also what waits when the handler is closed. What runs goes on. */
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
    this.#hanging++;
    // Calls of a closed handler were given up before.
    if (!this.#isClosed) this.failures.callHangs({ target: this, event, lateMs: this.details.hungAfterMs });
  }

  hangsNoMore(): void {
    this.#hanging--;
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
    if (end.result === 'abandoned') this.#abandoned++;
    this.settle(event, end);
    this.#closeOne();
  }

  /** Reports how a delivery ended that is not open here: to the counters, the waiting publisher and the failure reports. */
  settle(event: PublishedEvent, end: DeliveryEnd): void {
    const { result: status, attempts, durationMs, isDeadLetter = false } = end;
    this.counters.ended(status);
    const error = status === 'handled' || end.error === undefined ? undefined : toError(end.error);
    event.report?.settledWith(this.#expected, {
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

  /** Sends an open delivery on the detour, or ends it as abandoned without one. */
  giveBack(delivery: WaitingDelivery): void {
    const { event, attempts } = delivery;
    if (this.#detour) {
      // The next instance of the plugin may have another class of it.
      this.#detour.take(event instanceof ReceivedEvent ? { ...delivery, event: event.published } : delivery);
      this.#closeOne();
    } else this.conclude(event, { result: 'abandoned', attempts, durationMs: undefined, error: undefined });
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

  /** Takes nothing new. What waits is abandoned, or sent on the detour; what runs goes on. */
  close(): void {
    this.#isClosed = true;
    this.#isPassive = true;
    for (const delivery of this.#queue?.close() ?? []) this.giveBack(delivery);
  }

  /** Aborts what still runs. */
  abandonRunning(): void {
    const running = [...this.deadlines.entries()].filter(
      (entry) => entry instanceof HandlerCall && entry.target === this,
    );
    for (const call of running) if (call instanceof HandlerCall) call.abandon();
  }

  /** Delivers an event after it was converted to the handler's class. */
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

  #refuse(event: PublishedEvent): void {
    const error = new EventQueueFullError(this.plugin, this.label, event.origin.name, this.#queueLimit);
    this.conclude(event, { result: 'failed', attempts: 0, durationMs: undefined, error });
    this.#isOverflowing = true;
  }

  #closeOne(): void {
    this.#open--;
    if (this.#isOverflowing && this.#open * 2 < this.#queueLimit) this.#isOverflowing = false;
    if (this.#isClosed && this.#open === 0) this.#whenIdle?.();
  }
}
