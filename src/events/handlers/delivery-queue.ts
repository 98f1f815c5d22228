/** Deliveries of a handler with a policy: they wait for their key, their batch, a free place or their next attempt. */
import { AsyncResource } from 'node:async_hooks';
import { backoffDelayMs, toError, type ClockTimer } from '../../common/index.js';
import type { PublishedEvent } from '../event/published-event.js';
import type { HandlerCounters } from '../event-counters.js';
import { CONFLICT_BACKOFF, contentionOf, MAX_CONFLICTS } from './contention.js';
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
  /** Whether it is kept as a dead letter. */
  readonly isDeadLetter?: boolean;
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

/** What is called at once: one event, or a batch of them, whose events are tried again each alone. */
class Parcel implements CallOwner {
  /** Monotonic time of the latest attempt. */
  startedMs = 0;
  /** Attempts in a row that met a conflict, and so do not count. */
  conflicts = 0;
  /** What is tried again, once the latest call is over; empty: nothing is. */
  retries: readonly PlannedRetry[] = [];
  /** Other libraries' async context too: the turn in which a parcel's time comes belongs to someone else. */
  readonly resource = new AsyncResource('PanottiDelivery');

  constructor(
    readonly events: readonly [PublishedEvent, ...PublishedEvent[]],
    readonly key: string | undefined,
    readonly target: CallTarget,
    private readonly queue: DeliveryQueue,
    public attempts = 0,
  ) {}

  /** Each event apart: what was never tried joins another batch wherever it goes. */
  get deliveries(): WaitingDelivery[] {
    const { attempts, resource } = this;
    return this.events.map((event) => ({ event, attempts, resource }));
  }

  callEnded(call: HandlerCall, result: CallResult, error: unknown): void {
    this.queue.parcelEnded(this, { result, error, isLate: call.isLate });
  }

  callIsOver(): void {
    this.queue.callIsOver(this);
  }
}

interface PlannedRetry {
  readonly parcel: Parcel;
  readonly delayMs: number;
}

interface EndedCall {
  readonly result: CallResult;
  readonly error: unknown;
  /** The handler still runs: it keeps its place and its key. */
  readonly isLate: boolean;
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
  readonly #late = new Set<Parcel>();
  #batch: OpenBatch | undefined;
  #running = 0;
  #isFilling = false;
  #isClosed = false;

  constructor(
    private readonly handler: QueueOwner,
    private readonly policy: DeliveryPolicy,
  ) {}

  /** @param attempts those made already, before a restart of the plugin: what has failed in a batch is tried alone */
  accept(event: PublishedEvent, attempts = 0): void {
    if (this.policy.batch && attempts === 0) this.#addToBatch(event, this.policy.batch.size, this.policy.batch.waitMs);
    else if (this.policy.key) this.#addToLane(event, this.policy.key, attempts);
    else this.#enqueue(new Parcel([event], undefined, this.handler, this, attempts));
  }

  /** Removes and returns all that waits. What runs goes on, but is not tried again here. */
  close(): WaitingDelivery[] {
    this.#isClosed = true;
    for (const timer of this.#retrying.values()) timer.cancel();
    const waiting = [
      ...this.#ready.takeAll(),
      ...this.#lanes.takeWaiting(),
      ...this.#retrying.keys(),
      ...this.#takeLateRetries(),
    ];
    this.#retrying.clear();
    return [...waiting.flatMap(({ deliveries }) => deliveries), ...this.#takeBatch()];
  }

  parcelEnded(parcel: Parcel, { result, error, isLate }: EndedCall): void {
    const durationMs = this.handler.durationSince(parcel.startedMs);
    const hasFailed = result === 'failed' || result === 'timed-out';
    if (hasFailed && this.#isWorthRetrying(parcel, error)) this.#planRetries(parcel, result, error);
    else
      for (const event of parcel.events)
        this.handler.conclude(event, { result, attempts: parcel.attempts, durationMs, error });
    if (isLate) this.#late.add(parcel);
    else this.#goOnAfter(parcel);
  }

  /** The handler of a parcel that was late has come back, or hangs. */
  callIsOver(parcel: Parcel): void {
    this.#late.delete(parcel);
    this.#goOnAfter(parcel);
  }

  #goOnAfter({ key, retries }: Parcel): void {
    this.#running--;
    for (const { parcel, delayMs } of retries) this.#retryAfter(parcel, delayMs);
    const next = key === undefined || retries.length > 0 ? undefined : this.#lanes.leave(key);
    if (next) this.#ready.push(next);
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
    parcel.retries = [];
    const [first] = parcel.events;
    const payload = this.policy.batch ? parcel.events.map((event) => event.payload) : first.payload;
    parcel.startedMs = this.handler.sweep.clock.monotonicMs();
    const call = new HandlerCall(parcel, first, parcel.attempts);
    parcel.resource.runInAsyncScope(() => call.run(payload));
  }

  #isWorthRetrying(parcel: Parcel, error: unknown): boolean {
    const { policy } = this;
    // Where a handler is to be called once, not even a conflict calls it twice.
    if (policy.attempts === 1 || (this.#isClosed && !this.handler.canGiveBack)) return false;
    // Which event of a batch is to blame shows when each is tried alone.
    if (parcel.events.length > 1) return true;
    return isWorthAnotherAttempt(policy, error) && (isUncounted(parcel, error) || parcel.attempts < policy.attempts);
  }

  #planRetries(parcel: Parcel, status: 'failed' | 'timed-out', error: unknown): void {
    const { attempts, events } = parcel;
    const { attempts: maxAttempts, backoff } = this.policy;
    const isFree = isUncounted(parcel, error);
    const isConflict = isFree && contentionOf(error) === 'conflict';
    if (isFree) parcel.attempts--;
    if (isConflict) parcel.conflicts++;
    else if (contentionOf(error) !== 'conflict') parcel.conflicts = 0;
    const delayMs = (): number =>
      isConflict ? backoffDelayMs(CONFLICT_BACKOFF, parcel.conflicts) : backoffDelayMs(backoff, attempts);
    const retries = this.#apart(parcel).map((each) => ({ parcel: each, delayMs: delayMs() }));
    this.handler.counters.retried++;
    const conflicts = isConflict ? parcel.conflicts : undefined;
    const failure = {
      target: this.handler,
      event: events[0],
      status,
      attempts,
      maxAttempts,
      isRepeated: false,
      conflicts,
    };
    this.handler.failures.attemptFailed(
      { ...failure, error: toError(error) },
      this.#isClosed ? undefined : retries[0]?.delayMs,
    );
    if (!this.#isClosed) parcel.retries = retries;
    else for (const each of retries) for (const delivery of each.parcel.deliveries) this.handler.giveBack(delivery);
  }

  /** Each event of a parcel alone, with at least one attempt left. */
  #apart(parcel: Parcel): Parcel[] {
    if (parcel.events.length === 1) return [parcel];
    const attempts = Math.min(parcel.attempts, this.policy.attempts - 1);
    const alone = (event: PublishedEvent): Parcel => new Parcel([event], undefined, this.handler, this, attempts);
    return parcel.resource.runInAsyncScope(() => parcel.events.map(alone));
  }

  #retryAfter(parcel: Parcel, delayMs: number): void {
    const timer = this.handler.sweep.clock.after(delayMs, () => {
      this.#retrying.delete(parcel);
      this.#enqueue(parcel);
    });
    this.#retrying.set(parcel, timer);
  }

  #takeLateRetries(): Parcel[] {
    const parcels = [...this.#late].flatMap(({ retries }) => retries.map(({ parcel }) => parcel));
    for (const parcel of this.#late) parcel.retries = [];
    return parcels;
  }

  #takeBatch(): WaitingDelivery[] {
    const batch = this.#batch;
    batch?.timer.cancel();
    this.#batch = undefined;
    return batch ? batch.events.map((event) => ({ event, attempts: 0, resource: batch.resource })) : [];
  }
}

function isUncounted({ conflicts }: Parcel, error: unknown): boolean {
  const contention = contentionOf(error);
  return contention === 'room' || (contention === 'conflict' && conflicts < MAX_CONFLICTS);
}
