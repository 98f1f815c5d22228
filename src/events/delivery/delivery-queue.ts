/** Deliveries of a handler with a policy: they wait for their key, their batch, a free place or their next attempt. */
import { AsyncResource } from 'node:async_hooks';
import { backoffDelayMs, toError, type ClockTimer } from '../../common/index.js';
import type { PublishedEvent } from '../dispatch/published-event.js';
import type { HandlerCounters } from '../handler-counters.js';
import { isWorthAnotherAttempt, type DeliveryPolicy } from './delivery-policy.js';
import { Fifo } from './fifo.js';
import type { DeadlineSweep } from './deadline-sweep.js';
import type { WaitingDelivery } from './detour.port.js';
import type { FailurePort } from './failure.port.js';
import { HandlerCall, type CallOwner, type CallResult, type CallTarget } from './handler-call.js';
import { KeyLanes } from './key-lanes.js';

/** How a delivery ended. */
export interface DeliveryEnd {
  readonly result: CallResult;
  /** How often the handler was called. */
  readonly attempts: number;
  /** Of the last attempt. */
  readonly durationMs: number | undefined;
  readonly error: unknown;
}

/** The handler whose deliveries wait here. */
export interface QueueOwner extends CallTarget {
  readonly counters: HandlerCounters;
  readonly failures: FailurePort;
  readonly sweep: DeadlineSweep;
  /** Accounts for a delivery that has ended. */
  conclude(event: PublishedEvent, end: DeliveryEnd): void;
  /** Records the duration of an attempt, and returns it in milliseconds. */
  durationSince(startedMs: number): number;
  /** Whether `giveBack` would keep a delivery for later, though the handler is closed. */
  readonly canGiveBack: boolean;
  giveBack(delivery: WaitingDelivery): void;
}

/** What is called at once and tried again as a whole: one event, or a batch of them. */
class Parcel implements CallOwner {
  /** Monotonic time of the latest attempt. */
  startedMs = 0;
  /** Other libraries' async context too: the turn in which a parcel's time comes belongs to someone else. */
  readonly resource = new AsyncResource('PanottiDelivery');

  constructor(
    readonly events: readonly [PublishedEvent, ...PublishedEvent[]],
    readonly key: string | undefined,
    readonly target: CallTarget,
    private readonly queue: DeliveryQueue,
    public attempts = 0,
  ) {}

  /** Each event apart: a batch is put together anew wherever it goes, and begins with its first attempt there. */
  get deliveries(): WaitingDelivery[] {
    const { attempts, resource } = this;
    return this.events.map((event) => ({ event, attempts, resource }));
  }

  callEnded(_call: HandlerCall, result: CallResult, error: unknown): void {
    this.queue.parcelEnded(this, result, error);
  }
}

interface OpenBatch {
  readonly events: [PublishedEvent, ...PublishedEvent[]];
  readonly timer: ClockTimer;
  readonly resource: AsyncResource;
}

export class DeliveryQueue {
  readonly #ready = new Fifo<Parcel>();
  readonly #lanes = new KeyLanes<Parcel>();
  readonly #retrying = new Map<Parcel, ClockTimer>();
  #batch: OpenBatch | undefined;
  #running = 0;
  #isFilling = false;
  #isClosed = false;

  constructor(
    private readonly handler: QueueOwner,
    private readonly policy: DeliveryPolicy,
  ) {}

  /** @param attempts those made already, before a restart of the plugin; a batch begins anew */
  accept(event: PublishedEvent, attempts = 0): void {
    if (this.policy.batch) this.#addToBatch(event, this.policy.batch.size, this.policy.batch.waitMs);
    else if (this.policy.key) this.#addToLane(event, this.policy.key, attempts);
    else this.#enqueue(new Parcel([event], undefined, this.handler, this, attempts));
  }

  /** Removes and returns all that waits. What runs goes on, but is not tried again here. */
  close(): WaitingDelivery[] {
    this.#isClosed = true;
    for (const timer of this.#retrying.values()) timer.cancel();
    const waiting = [...this.#ready.takeAll(), ...this.#lanes.takeWaiting(), ...this.#retrying.keys()];
    this.#retrying.clear();
    return [...waiting.flatMap(({ deliveries }) => deliveries), ...this.#takeBatch()];
  }

  parcelEnded(parcel: Parcel, result: CallResult, error: unknown): void {
    this.#running--;
    const durationMs = this.handler.durationSince(parcel.startedMs);
    const hasFailed = result === 'failed' || result === 'timed-out';
    if (hasFailed && this.#isWorthRetrying(parcel, error)) this.#keepForRetry(parcel, result, error);
    else {
      for (const event of parcel.events) this.handler.conclude(event, { result, attempts: parcel.attempts, durationMs, error });
      const next = parcel.key === undefined ? undefined : this.#lanes.leave(parcel.key);
      if (next) this.#ready.push(next);
    }
    this.#fill();
  }

  #addToLane(event: PublishedEvent, keyOf: (event: never) => string, attempts: number): void {
    let key: string;
    try {
      // The key's parameter is the class that the subscription names; what arrives under that name is its instance.
      key = String(keyOf(event.payload as never));
    } catch (error) {
      this.handler.conclude(event, { result: 'failed', attempts: 0, durationMs: undefined, error });
      return;
    }
    const parcel = new Parcel([event], key, this.handler, this, attempts);
    if (this.#lanes.enter(key, parcel)) this.#enqueue(parcel);
  }

  #addToBatch(event: PublishedEvent, size: number, waitMs: number): void {
    if (this.#batch) this.#batch.events.push(event);
    else {
      const timer = this.handler.sweep.clock.after(waitMs, () => this.#flush());
      this.#batch = { events: [event], timer, resource: new AsyncResource('PanottiBatch') };
    }
    if (this.#batch.events.length >= size) this.#flush();
  }

  #flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    batch.timer.cancel();
    this.#batch = undefined;
    // The parcel belongs to the context of its first event, whoever completes it.
    this.#enqueue(batch.resource.runInAsyncScope(() => new Parcel(batch.events, undefined, this.handler, this)));
  }

  #enqueue(parcel: Parcel): void {
    this.#ready.push(parcel);
    this.#fill();
  }

  /** Starts parcels while there is room. A loop, because a handler that ends at once would otherwise recurse. */
  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    while (this.#running < this.policy.concurrency) {
      const parcel = this.#ready.shift();
      if (!parcel) break;
      this.#start(parcel);
    }
    this.#isFilling = false;
  }

  #start(parcel: Parcel): void {
    this.#running++;
    parcel.attempts++;
    const [first] = parcel.events;
    const payload = this.policy.batch ? parcel.events.map((event) => event.payload) : first.payload;
    parcel.startedMs = this.handler.sweep.clock.monotonicMs();
    const call = new HandlerCall(parcel, first, parcel.attempts);
    parcel.resource.runInAsyncScope(() => call.run(payload));
  }

  #isWorthRetrying(parcel: Parcel, error: unknown): boolean {
    return (
      isWorthAnotherAttempt(this.policy, error) && parcel.attempts < this.policy.attempts && (!this.#isClosed || this.handler.canGiveBack)
    );
  }

  #keepForRetry(parcel: Parcel, status: 'failed' | 'timed-out', error: unknown): void {
    const delayMs = this.#isClosed ? undefined : backoffDelayMs(this.policy.backoff, parcel.attempts);
    const { attempts, events } = parcel;
    this.handler.counters.retried++;
    const { attempts: maxAttempts } = this.policy;
    const failure = { target: this.handler, event: events[0], status, attempts, maxAttempts, isRepeated: false };
    this.handler.failures.attemptFailed({ ...failure, error: toError(error) }, delayMs);
    if (delayMs === undefined) for (const delivery of parcel.deliveries) this.handler.giveBack(delivery);
    else this.#retryAfter(parcel, delayMs);
  }

  #retryAfter(parcel: Parcel, delayMs: number): void {
    const timer = this.handler.sweep.clock.after(delayMs, () => {
      this.#retrying.delete(parcel);
      this.#enqueue(parcel);
    });
    this.#retrying.set(parcel, timer);
  }

  #takeBatch(): WaitingDelivery[] {
    const batch = this.#batch;
    batch?.timer.cancel();
    this.#batch = undefined;
    return batch ? batch.events.map((event) => ({ event, attempts: 0, resource: batch.resource })) : [];
  }
}
