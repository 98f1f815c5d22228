/**
 * One call of a durable handler, with one event or a batch, and what becomes of it in the store: the acknowledgement with everything that the
 * handler has staged, the next attempt, or a dead letter. Each of these is one unit.
 */
import { backoffDelayMs, toError, type Clock } from '../../common/index.js';
import type { Store, StoreOperation } from '../../storage/index.js';
import { activeContextStorage } from '../../telemetry/index.js';
import { isWorthAnotherAttempt } from '../delivery/delivery-policy.js';
import { HandlerCall, type CallOwner, type CallResult } from '../delivery/handler-call.js';
import type { Handler } from '../delivery/handler.js';
import { DeliveryScope } from '../dispatch/delivery-scope.js';
import { UnitOfWork } from '../unit-of-work.js';
import type { Acknowledged, Acknowledgements } from './acknowledgements.js';
import { deleteRow, errorChain, putDead, putRow, type DeadRow } from './delivery-row.js';
import { isSuspect, rowFor, type DeliveryFate, type DurableDelivery } from './durable-delivery.js';
import type { Suspects } from './suspects.js';

export interface AttemptPorts {
  readonly subscription: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly acknowledgements: Acknowledgements;
  readonly suspects: Suspects;
  /** What waits behind a delivery that is to be tried again goes into the store with it. */
  readonly parkBehind: (delivery: DurableDelivery) => StoreOperation[];
  /** @param due when a record is to be looked at, in milliseconds since 1970 */
  readonly ended: (deliveries: readonly DurableDelivery[], fate: DeliveryFate, due?: number) => void;
  readonly died: (row: DeadRow) => void;
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
    const { clock, subscription } = this.ports;
    const operations = this.deliveries.flatMap((delivery) => {
      const before = delivery.row;
      const row = rowFor(delivery, { attempts: (before?.attempts ?? 0) + 1, starts: (before?.starts ?? 0) + 1 });
      return [putRow(subscription, row, clock.now()), ...(before ? [] : [acknowledged(subscription, delivery)])];
    });
    try {
      await this.ports.acknowledgements.commit(operations);
    } catch {
      this.#close('kept');
      return;
    }
    for (const delivery of this.deliveries) {
      const { attempts = 0, starts = 0 } = delivery.row ?? {};
      delivery.row = rowFor(delivery, { attempts: attempts + 1, starts: starts + 1 });
    }
    this.#call();
  }

  #call(): void {
    const [{ event, row }] = this.deliveries;
    const payload = this.target.details.policy.batch ? this.deliveries.map((each) => each.event.payload) : event.payload;
    const call = new HandlerCall(this, event, row?.attempts ?? 1);
    // As for handlers that are not durable: every one would cost two looks at the clock.
    if (event.startedMs !== 0 || row !== undefined) this.#startedMs = this.ports.clock.monotonicMs();
    activeContextStorage.run(new DeliveryScope(event, this.target.plugin, this.#unit), () => call.run(payload));
  }

  #acknowledge(): void {
    this.#durationMs = this.#measured();
    const staged = this.#unit.operations();
    if (staged.length === 0 && this.deliveries.length === 1) {
      this.ports.acknowledgements.add(this.#done(this.deliveries[0]), this);
      return;
    }
    const operations = [...staged, ...this.deliveries.map((delivery) => this.#done(delivery))];
    void this.ports.acknowledgements.commit(operations).then(
      () => this.acknowledged(undefined),
      (error: unknown) => this.acknowledged(error),
    );
  }

  acknowledged(error: unknown): void {
    if (error !== undefined) {
      void this.#fail('failed', error);
      return;
    }
    this.#unit.committed();
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
    const attempts = Math.max(...this.deliveries.map(({ row }) => row?.attempts ?? 1));
    const isRetried = attempts < policy.attempts && isWorthAnotherAttempt(policy, error);
    const delayMs = isRetried ? backoffDelayMs(policy.backoff, attempts) : undefined;
    const due = delayMs === undefined ? undefined : this.ports.clock.now() + delayMs;
    const dead: DeadRow[] = [];
    const operations = this.deliveries.flatMap((delivery) => {
      const change = { attempts: delivery.row?.attempts ?? 1, starts: 0, errors: errorChain(error) };
      if (due === undefined) {
        const row = { ...rowFor(delivery, change), diedAt: this.ports.clock.now() };
        dead.push(row);
        return [putDead(this.ports.subscription, row), this.#done(delivery)];
      }
      const owned = delivery.row ? [] : [acknowledged(this.ports.subscription, delivery)];
      return [putRow(this.ports.subscription, rowFor(delivery, change), due), ...owned, ...this.ports.parkBehind(delivery)];
    });
    try {
      await this.ports.acknowledgements.commit(operations);
    } catch {
      this.#close('kept');
      return;
    }
    this.#report(result, error, attempts, delayMs);
    this.#release(due === undefined ? 'done' : 'kept', due);
    for (const row of dead) this.ports.died(row);
  }

  #report(status: 'failed' | 'timed-out', error: unknown, attempts: number, delayMs: number | undefined): void {
    const { target } = this;
    const durationMs = this.#measured();
    if (delayMs === undefined) {
      for (const { event } of this.deliveries) target.conclude(event, { result: status, attempts, durationMs, error });
      return;
    }
    const [{ event }] = this.deliveries;
    const { attempts: maxAttempts } = target.details.policy;
    target.counters.retried++;
    target.failures.attemptFailed({ target, event, status, attempts, maxAttempts, error: toError(error), isRepeated: false }, delayMs);
    for (const _ of this.deliveries) target.handBack();
  }

  /** Its plugin has stopped first. What a record owns is no suspect because of that. */
  async #handBack(): Promise<void> {
    this.#unit.discard();
    const owned = this.deliveries.filter(({ row }) => row !== undefined);
    const operations = owned.map((delivery) => putRow(this.ports.subscription, rowFor(delivery, { starts: 0 }), this.ports.clock.now()));
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

  #done(delivery: DurableDelivery): StoreOperation {
    const { subscription } = this.ports;
    return delivery.row ? deleteRow(subscription, delivery.event.id) : acknowledged(subscription, delivery);
  }
}

function acknowledged(subscription: string, { position }: DurableDelivery): StoreOperation {
  return { op: 'acknowledge', subscription, position };
}
