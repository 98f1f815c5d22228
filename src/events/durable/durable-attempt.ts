/**
 * One call of a durable handler, with one event or a batch, and what becomes of it in the store: the acknowledgement with everything that the
 * handler has staged, the next attempt, or a dead letter. Each of these is one unit.
 */
import { backoffDelayMs, toError, type Clock } from '../../common/index.js';
import type { FaultPoints, Receipt, Store, StoreOperation } from '../../storage/index.js';
import { activeContextStorage } from '../../telemetry/index.js';
import { isWorthAnotherAttempt } from '../delivery/delivery-policy.js';
import { HandlerCall, type CallOwner, type CallResult } from '../delivery/handler-call.js';
import type { Handler } from '../delivery/handler.js';
import { DeliveryScope } from '../dispatch/delivery-scope.js';
import { EventBacklogFullError } from '../events.errors.js';
import { UnitOfWork } from '../unit-of-work.js';
import type { Acknowledged, Acknowledgements } from './acknowledgements.js';
import type { Burial } from './dead-letter-office.js';
import { errorChain, type DeadRow } from './delivery-row.js';
import type { DueClock } from './due-clock.js';
import { acknowledged, finish, isSuspect, keep, rowFor, type DeliveryFate, type DurableDelivery } from './durable-delivery.js';
import type { Suspects } from './suspects.js';

export interface AttemptPorts {
  readonly subscription: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly dues: DueClock;
  readonly acknowledgements: Acknowledgements;
  readonly suspects: Suspects;
  /** What waits behind a delivery that is to be tried again goes into the store with it. */
  readonly parkBehind: (delivery: DurableDelivery) => StoreOperation[];
  /** @param due when a record is to be looked at */
  readonly ended: (deliveries: readonly DurableDelivery[], fate: DeliveryFate, due?: number) => void;
  /** Prepares what is written of deliveries that are given up. */
  readonly bury: (rows: readonly DeadRow[]) => Promise<Burial>;
  readonly faults: FaultPoints;
}

export class DurableAttempt implements CallOwner, Acknowledged {
  readonly #unit: UnitOfWork;
  /** 0 where it is not measured. */
  #startedMs = 0;
  #durationMs: number | undefined;
  #endTurn: (() => void) | undefined;

  constructor(
    readonly deliveries: readonly [DurableDelivery, ...DurableDelivery[]],
    readonly target: Handler,
    private readonly ports: AttemptPorts,
  ) {
    this.#unit = new UnitOfWork(ports.store);
  }

  /** Never throws. */
  start(): void {
    this.target.open += this.deliveries.length;
    if (this.deliveries.some(({ row, isOrphan }) => row !== undefined || isOrphan)) void this.#countAndCall();
    else this.#call();
  }

  callEnded(_call: HandlerCall, result: CallResult, error: unknown): void {
    this.#unit.seal();
    if (result === 'handled') this.#acknowledge();
    else if (result === 'abandoned') void this.#handBack();
    else void this.#fail(result, error);
  }

  /** The number of the attempt is on the disk before the handler runs: one that ends the process cannot be tried for ever. */
  async #countAndCall(): Promise<void> {
    if (this.deliveries.some(isSuspect)) this.#endTurn = await this.ports.suspects.turn();
    const { dues, subscription, acknowledgements } = this.ports;
    const counted = this.deliveries.map((delivery) => {
      const { attempts = 0, starts = 0 } = delivery.row ?? {};
      return [delivery, rowFor(delivery, { attempts: attempts + 1, starts: starts + 1 })] as const;
    });
    try {
      await acknowledgements.commit(counted.flatMap(([delivery, row]) => keep(subscription, delivery, row, dues.now())));
    } catch {
      this.#close('kept');
      return;
    }
    for (const [delivery, row] of counted) delivery.row = row;
    this.ports.faults.reach('delivery-claimed');
    this.#call();
  }

  #call(): void {
    const [{ event, row }] = this.deliveries;
    const payload = this.target.details.policy.batch ? this.deliveries.map((each) => each.event.payload) : event.payload;
    const call = new HandlerCall(this, event, row?.attempts ?? 1);
    // As for handlers that are not durable: every one would cost two looks at the clock.
    if (event.startedMs !== 0 || row !== undefined) this.#startedMs = this.ports.clock.monotonicMs();
    this.ports.faults.reach('handler-invoked');
    activeContextStorage.run(new DeliveryScope(event, this.target.plugin, this.#unit), () => call.run(payload));
  }

  #acknowledge(): void {
    this.ports.faults.reach('handler-resolved');
    this.#durationMs = this.#measured();
    const staged = this.#unit.operations();
    const [first] = this.deliveries;
    if (staged.length === 0 && this.deliveries.length === 1 && first.row === undefined) {
      this.ports.acknowledgements.add(acknowledged(this.ports.subscription, first), this);
      return;
    }
    const operations = [...staged, ...this.#finished()];
    void this.ports.acknowledgements.commit(operations).then(
      (receipt) => this.acknowledged(undefined, receipt),
      (error: unknown) => this.acknowledged(error),
    );
  }

  acknowledged(error: unknown, receipt?: Receipt): void {
    if (error !== undefined) {
      void this.#fail('failed', error);
      return;
    }
    this.ports.faults.reach('delivery-completed');
    this.#unit.committed(receipt);
    const durationMs = this.#durationMs;
    for (const { event, row } of this.deliveries) {
      if (durationMs === undefined && row === undefined) this.target.concludeHandled(event);
      else this.target.conclude(event, { result: 'handled', attempts: row?.attempts ?? 1, durationMs, error: undefined });
    }
    this.#release('done');
  }

  async #fail(result: 'failed' | 'timed-out', error: unknown): Promise<void> {
    this.#unit.discard();
    const { policy } = this.target.details;
    // No fault of the handler: it may go on once there is room, however long that takes.
    const isHeldUp = error instanceof EventBacklogFullError;
    const attempts = Math.max(...this.deliveries.map(({ row }) => row?.attempts ?? 1));
    const isRetried = isHeldUp || (attempts < policy.attempts && isWorthAnotherAttempt(policy, error));
    if (isRetried) await this.#keepForRetry({ result, error, attempts, isHeldUp });
    else await this.#giveUp(result, error, attempts);
  }

  async #keepForRetry({ result, error, attempts, isHeldUp }: FailedAttempt): Promise<void> {
    const { dues, subscription, parkBehind, acknowledgements } = this.ports;
    const delayMs = backoffDelayMs(this.target.details.policy.backoff, attempts);
    const due = dues.in(delayMs);
    const change = { starts: 0, errors: errorChain(error) };
    const operations = this.deliveries.flatMap((delivery) => {
      const made = (delivery.row?.attempts ?? 1) - (isHeldUp ? 1 : 0);
      return [...keep(subscription, delivery, rowFor(delivery, { ...change, attempts: made }), due), ...parkBehind(delivery)];
    });
    try {
      await acknowledgements.commit(operations);
    } catch {
      this.#close('kept');
      return;
    }
    const [{ event, row: before }] = this.deliveries;
    const { target } = this;
    const isRepeated = isHeldUp && before?.errors[0]?.name === toError(error).name;
    const { attempts: maxAttempts } = target.details.policy;
    this.#measured();
    target.counters.retried++;
    target.failures.attemptFailed({ target, event, status: result, attempts, maxAttempts, error: toError(error), isRepeated }, delayMs);
    for (const _ of this.deliveries) target.handBack();
    this.#release('kept', due);
  }

  async #giveUp(result: 'failed' | 'timed-out', error: unknown, attempts: number): Promise<void> {
    const { clock, bury, acknowledgements } = this.ports;
    const errors = errorChain(error);
    const rows = this.deliveries.map((delivery) => ({
      ...rowFor(delivery, { attempts: delivery.row?.attempts ?? 1, starts: 0, errors }),
      diedAt: clock.now(),
    }));
    const burial = await bury(rows);
    let receipt: Receipt;
    try {
      receipt = await acknowledgements.commit([...burial.operations, ...this.#finished()]);
    } catch {
      burial.undone();
      this.#close('kept');
      return;
    }
    const durationMs = this.#measured();
    for (const { event } of this.deliveries) this.target.conclude(event, { result, attempts, durationMs, error });
    burial.done(receipt);
    this.#release('done');
  }

  /** Its plugin has stopped first. What a record owns is no suspect because of that. */
  async #handBack(): Promise<void> {
    this.#unit.discard();
    const owned = this.deliveries.filter(({ row }) => row !== undefined);
    const nowMs = this.ports.dues.now();
    const operations = owned.flatMap((delivery) => keep(this.ports.subscription, delivery, rowFor(delivery, { starts: 0 }), nowMs));
    if (operations.length > 0) await this.ports.acknowledgements.commit(operations).catch(() => undefined);
    this.#close('kept');
  }

  /** Ends without a result. */
  #close(fate: DeliveryFate): void {
    this.#unit.discard();
    for (const _ of this.deliveries) this.target.handBack();
    this.#release(fate);
  }

  #release(fate: DeliveryFate, due?: number): void {
    this.#endTurn?.();
    this.ports.ended(this.deliveries, fate, due);
  }

  #measured(): number | undefined {
    return this.#startedMs === 0 ? undefined : this.target.durationSince(this.#startedMs);
  }

  #finished(): StoreOperation[] {
    return this.deliveries.flatMap((delivery) => finish(this.ports.subscription, delivery));
  }
}

interface FailedAttempt {
  readonly result: 'failed' | 'timed-out';
  readonly error: unknown;
  readonly attempts: number;
  /** What it wanted to publish found no room. */
  readonly isHeldUp: boolean;
}
