/** Deliveries of a handler with a policy: they wait for their key, their batch, a free place or their next attempt. */
import { AsyncResource } from 'node:async_hooks';
import { toError, type ClockTimer } from '../../common/index.js';
import type { HandlerCounters } from '../event-counters.js';
import type { PublishedEvent } from '../event/published-event.js';
import type { DeadlineSweep } from './deadline-sweep.js';
import type { DeliveryPolicy, NextAttempt } from './delivery-policy.js';
import type { CallResult, DeliveryEnd, WaitingDelivery } from './delivery.js';
import type { FailureReports } from './failure-reports.js';
import { Fifo, KeyLanes } from './fifo.js';
import { HandlerCall, type CallOwner, type CallTarget } from './handler-call.js';

/** The handler whose deliveries wait here. */
export interface QueueOwner extends CallTarget {
  readonly counters: HandlerCounters;
  readonly failures: FailureReports;
  readonly sweep: DeadlineSweep;
  /** Accounts for a delivery that has ended. */
  conclude(event: PublishedEvent, end: DeliveryEnd): void;
  /** Records the duration of an attempt, and returns it in milliseconds. */
  durationSince(startedMs: number): number;
  /** True if `giveBack` would keep a delivery for later, though the handler is closed. */
  readonly canGiveBack: boolean;
  giveBack(delivery: WaitingDelivery): void;
}

/** One call of the handler, with one event or a batch; each event of a failed batch is tried again alone. */
class QueuedCall implements CallOwner {
  /** Monotonic time of the latest attempt. */
  startedMs = 0;
  /** Attempts in a row that met a conflict, and so do not count. */
  conflicts = 0;
  /** What is tried again once the latest call is over. */
  retries: readonly PlannedRetry[] = [];
  /** Keeps other libraries' async context, too: the turn in which the call is made belongs to other code. */
  readonly resource = new AsyncResource('PanottiDelivery');

  constructor(
    readonly events: readonly [PublishedEvent, ...PublishedEvent[]],
    readonly key: string | undefined,
    readonly target: CallTarget,
    private readonly queue: DeliveryQueue,
    public attempts = 0,
  ) {}

  /** Each event apart: what was never tried joins another batch elsewhere. */
  get deliveries(): WaitingDelivery[] {
    const { attempts, resource } = this;
    return this.events.map((event) => ({ event, attempts, resource }));
  }

  callEnded(call: HandlerCall, result: CallResult, error: unknown): void {
    this.queue.callEnded(this, { result, error, isLate: call.isLate });
  }

  callIsOver(): void {
    this.queue.callIsOver(this);
  }
}

interface PlannedRetry {
  readonly call: QueuedCall;
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
  readonly #ready = new Fifo<QueuedCall>();
  readonly #lanes = new KeyLanes<QueuedCall>();
  readonly #retrying = new Map<QueuedCall, ClockTimer>();
  readonly #late = new Set<QueuedCall>();
  #batch: OpenBatch | undefined;
  #running = 0;
  #isFilling = false;
  #isClosed = false;

  constructor(
    private readonly handler: QueueOwner,
    private readonly policy: DeliveryPolicy,
  ) {}

  /** @param attempts made before a restart of the plugin: what has failed in a batch is tried alone */
  accept(event: PublishedEvent, attempts = 0): void {
    if (this.policy.batch && attempts === 0) this.#addToBatch(event, this.policy.batch.size, this.policy.batch.waitMs);
    else if (this.policy.key) this.#addToLane(event, this.policy.key, attempts);
    else this.#enqueue(new QueuedCall([event], undefined, this.handler, this, attempts));
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

  callEnded(call: QueuedCall, { result, error, isLate }: EndedCall): void {
    const durationMs = this.handler.durationSince(call.startedMs);
    const hasFailed = result === 'failed' || result === 'timed-out';
    if (!hasFailed || !this.#retry(call, result, error)) {
      for (const event of call.events)
        this.handler.conclude(event, { result, attempts: call.attempts, durationMs, error });
    }
    if (isLate) this.#late.add(call);
    else this.#goOnAfter(call);
  }

  /** The handler of a late call has come back, or hangs. */
  callIsOver(call: QueuedCall): void {
    this.#late.delete(call);
    this.#goOnAfter(call);
  }

  #goOnAfter({ key, retries }: QueuedCall): void {
    this.#running--;
    for (const { call, delayMs } of retries) this.#retryAfter(call, delayMs);
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
    const call = new QueuedCall([event], key, this.handler, this, attempts);
    if (this.#lanes.enter(key, call)) this.#enqueue(call);
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
    // The call belongs to the context of its first event, not to that of the one that completes it.
    this.#enqueue(batch.resource.runInAsyncScope(() => new QueuedCall(batch.events, undefined, this.handler, this)));
  }

  #enqueue(call: QueuedCall): void {
    this.#ready.push(call);
    this.#fill();
  }

  /** Starts calls while there is room. A loop, because a handler that ends at once would otherwise recurse. */
  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    while (this.#running < this.policy.concurrency) {
      const call = this.#ready.shift();
      if (!call) break;
      this.#start(call);
    }
    this.#isFilling = false;
  }

  #start(call: QueuedCall): void {
    this.#running++;
    call.attempts++;
    call.retries = [];
    const [first] = call.events;
    const payload = this.policy.batch ? call.events.map((event) => event.payload) : first.payload;
    call.startedMs = this.handler.sweep.clock.monotonicMs();
    const attempt = new HandlerCall(call, first, call.attempts);
    call.resource.runInAsyncScope(() => attempt.run(payload));
  }

  /** Plans the next attempts of a call that has failed. @returns whether there are any */
  #retry(ended: QueuedCall, status: 'failed' | 'timed-out', error: unknown): boolean {
    if (this.#isClosed && !this.handler.canGiveBack) return false;
    const { attempts, conflicts, events } = ended;
    const made = { attempts, conflicts, isBatch: events.length > 1 };
    const planned = events.map(() => this.policy.after(error, made)).filter((next) => next !== undefined);
    const [first] = planned;
    if (!first) return false;
    const retries = planned.map((next, index) => this.#planned(ended, index, next));
    this.handler.counters.retried++;
    this.#report(ended, status, error, { attempts, next: first });
    if (!this.#isClosed) ended.retries = retries;
    else for (const { call } of retries) for (const delivery of call.deliveries) this.handler.giveBack(delivery);
    return true;
  }

  #planned(ended: QueuedCall, index: number, { attempts, conflicts = 0, delayMs }: NextAttempt): PlannedRetry {
    const event = ended.events[index];
    if (ended.events.length > 1 && event) {
      const alone = (): QueuedCall => new QueuedCall([event], undefined, this.handler, this, attempts);
      return { call: ended.resource.runInAsyncScope(alone), delayMs };
    }
    ended.attempts = attempts;
    ended.conflicts = conflicts;
    return { call: ended, delayMs };
  }

  #report(
    { events: [event] }: QueuedCall,
    status: 'failed' | 'timed-out',
    error: unknown,
    { attempts, next }: { readonly attempts: number; readonly next: NextAttempt },
  ): void {
    const { attempts: maxAttempts } = this.policy;
    const failure = { target: this.handler, event, status, attempts, maxAttempts, isRepeated: false };
    this.handler.failures.attemptFailed(
      { ...failure, error: toError(error), conflicts: next.isCounted ? undefined : next.conflicts },
      this.#isClosed ? undefined : next.delayMs,
    );
  }

  #retryAfter(call: QueuedCall, delayMs: number): void {
    const timer = this.handler.sweep.clock.after(delayMs, () => {
      this.#retrying.delete(call);
      this.#enqueue(call);
    });
    this.#retrying.set(call, timer);
  }

  #takeLateRetries(): QueuedCall[] {
    const calls = [...this.#late].flatMap(({ retries }) => retries.map(({ call }) => call));
    for (const call of this.#late) call.retries = [];
    return calls;
  }

  #takeBatch(): WaitingDelivery[] {
    const batch = this.#batch;
    batch?.timer.cancel();
    this.#batch = undefined;
    return batch ? batch.events.map((event) => ({ event, attempts: 0, resource: batch.resource })) : [];
  }
}
