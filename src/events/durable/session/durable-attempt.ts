/**
 * One call of a durable handler, with one event or a batch, and what becomes of it in the store: the acknowledgement with everything that the
 * handler has staged, the next attempt, or a dead letter. Each of these is one unit.
 */
import { toError, type Clock } from '../../../common/index.js';
import type { FaultPoints, Receipt, Store, StoreOperation } from '../../../storage/index.js';
import { activeContextStorage } from '../../../telemetry/index.js';
import { HandlerCall, type CallOwner, type CallResult } from '../../handlers/handler-call.js';
import type { Handler } from '../../handlers/handler.js';
import { DeliveryScope } from '../../event/delivery-scope.js';
import { UnitOfWork } from '../../unit/unit-of-work.js';
import type { Acknowledged, Acknowledgements } from './acknowledgements.js';
import type { Burial } from '../dead-letters/dead-letter-office.js';
import { errorChain, type DeadRow } from '../records/delivery-row.js';
import type { DueClock } from '../clock/due-clock.js';
import {
  acknowledged,
  finish,
  keep,
  rowFor,
  type DeliveryFate,
  type DurableDelivery,
} from '../records/durable-delivery.js';
import { made, nextAttempts, type NextAttempt } from './next-attempts.js';
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
  /** The handler still runs, though its deadline has passed: its key and its place stay taken. */
  #isLate = false;
  /** What happens once it is over. */
  #whenOver: (() => void) | undefined;

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

  callEnded(call: HandlerCall, result: CallResult, error: unknown): void {
    this.#unit.seal();
    this.#isLate = call.isLate;
    if (result === 'handled') this.#acknowledge();
    else if (result === 'abandoned') void this.#handBack();
    else this.#fail(result, error);
  }

  callIsOver(): void {
    this.#isLate = false;
    this.#whenOver?.();
  }

  /** The number of the attempt is on the disk before the handler runs: one that ends the process cannot be tried for ever. */
  async #countAndCall(): Promise<void> {
    const starts = Math.max(...this.deliveries.map(({ row }) => row?.starts ?? 0));
    if (starts > 0) this.#endTurn = await this.ports.suspects.turn(starts);
    // Its plugin may have stopped by now: another instance of it has the delivery then, or will have it.
    if (this.target.isClosed) this.#close('kept');
    else await this.ports.acknowledgements.track(this.#count());
  }

  async #count(): Promise<void> {
    const { dues, subscription, acknowledgements } = this.ports;
    const counted = this.deliveries.map((delivery) => {
      const { attempts = 0, starts = 0 } = delivery.row ?? {};
      return [delivery, rowFor(delivery, { attempts: attempts + 1, starts: starts + 1 })] as const;
    });
    try {
      await acknowledgements.commit(
        counted.flatMap(([delivery, row]) => keep(subscription, delivery, row, dues.now())),
      );
    } catch {
      this.#close('kept');
      return;
    }
    for (const [delivery, row] of counted) delivery.row = row;
    this.ports.faults.reach('delivery-claimed');
    if (!this.target.isClosed) {
      this.#call();
      return;
    }
    // It was counted, and never made.
    for (const [delivery, row] of counted) delivery.row = { ...row, attempts: row.attempts - 1 };
    await this.#handBack();
  }

  #call(): void {
    const [{ event, row }] = this.deliveries;
    const payload = this.target.details.policy.batch
      ? this.deliveries.map((each) => each.event.payload)
      : event.payload;
    const call = new HandlerCall(this, event, row?.attempts ?? 1);
    // As for handlers that are not durable: every one would cost two looks at the clock.
    if (event.startedMs !== 0 || row !== undefined) this.#startedMs = this.ports.clock.monotonicMs();
    this.ports.faults.reach('handler-invoked');
    activeContextStorage.run(new DeliveryScope(event, this.target.plugin, this.#unit), () => call.run(payload));
  }

  #acknowledge(): void {
    this.ports.faults.reach('handler-resolved');
    const { failure } = this.#unit;
    if (failure) {
      void this.#fail('failed', failure);
      return;
    }
    this.#durationMs = this.#measured();
    const staged = this.#unit.operations();
    const [first] = this.deliveries;
    if (staged.length === 0 && this.deliveries.length === 1 && first.row === undefined) {
      this.ports.acknowledgements.add(acknowledged(this.ports.subscription, first), this);
      return;
    }
    const operations = [...staged, ...this.#finished()];
    // What the handler has published is handed out in the order of the commits.
    const committed = (receipt: Receipt): void => this.#unit.committed(receipt);
    void this.ports.acknowledgements.commit(operations, committed).then(
      () => this.#announced(),
      (error: unknown) => this.acknowledged(error),
    );
  }

  /** The next event of the key must not overtake what this one has changed. */
  #announced(): void {
    const { announcement } = this.#unit;
    if (announcement) void announcement.then(() => this.acknowledged(undefined));
    else this.acknowledged(undefined);
  }

  acknowledged(error: unknown): void {
    if (error !== undefined) {
      this.#fail('failed', error);
      return;
    }
    this.ports.faults.reach('delivery-completed');
    this.#unit.committed();
    const durationMs = this.#durationMs;
    for (const { event, row } of this.deliveries) {
      if (durationMs === undefined && row === undefined) this.target.concludeHandled(event);
      else
        this.target.conclude(event, { result: 'handled', attempts: row?.attempts ?? 1, durationMs, error: undefined });
    }
    this.#release('done');
  }

  #fail(result: 'failed' | 'timed-out', error: unknown): void {
    this.#unit.discard();
    const next = nextAttempts(this.deliveries, this.target.details.policy, error);
    // Who comes after this session waits for it, to find what it has decided.
    void this.ports.acknowledgements.track(
      next ? this.#keepForRetry(next, result, error) : this.#giveUp(result, error),
    );
  }

  async #keepForRetry(next: readonly NextAttempt[], result: 'failed' | 'timed-out', error: unknown): Promise<void> {
    const { dues, subscription, parkBehind, acknowledgements } = this.ports;
    const nowMs = dues.now();
    const change = { starts: 0, errors: errorChain(error) };
    const operations = next.flatMap(({ delivery, attempts, conflicts, delayMs }) => {
      const row = rowFor(delivery, { ...change, attempts, conflicts });
      return [...keep(subscription, delivery, row, nowMs + delayMs), ...parkBehind(delivery)];
    });
    try {
      await acknowledgements.commit(operations);
    } catch {
      this.#close('kept');
      return;
    }
    this.#measured();
    this.target.counters.retried++;
    this.#reportRetry(next, result, toError(error));
    for (const _ of this.deliveries) this.target.handBack();
    this.#release('kept', Math.min(...next.map(({ delayMs }) => nowMs + delayMs)));
  }

  #reportRetry([first]: readonly NextAttempt[], status: 'failed' | 'timed-out', error: Error): void {
    if (!first) return;
    const { target } = this;
    const { delivery, conflicts, delayMs } = first;
    const attempts = made(delivery);
    const isUncounted = first.attempts < attempts && this.deliveries.length === 1;
    const isRepeated = isUncounted && conflicts === undefined && delivery.row?.errors[0]?.name === error.name;
    const { attempts: maxAttempts } = target.details.policy;
    const failure = { target, event: delivery.event, status, attempts, maxAttempts, error, isRepeated };
    target.failures.attemptFailed({ ...failure, conflicts: isUncounted ? conflicts : undefined }, delayMs);
  }

  async #giveUp(result: 'failed' | 'timed-out', error: unknown): Promise<void> {
    const { clock, bury, acknowledgements } = this.ports;
    const errors = errorChain(error);
    const rows = this.deliveries.map((delivery) => ({
      ...rowFor(delivery, { attempts: made(delivery), starts: 0, errors }),
      diedAt: clock.now(),
    }));
    const burial = await bury(rows);
    try {
      await acknowledgements.commit([...burial.operations, ...this.#finished()], burial.done);
    } catch {
      burial.undone();
      this.#close('kept');
      return;
    }
    const durationMs = this.#measured();
    const end = { result, durationMs, error, isDeadLetter: true };
    for (const delivery of this.deliveries) this.target.conclude(delivery.event, { ...end, attempts: made(delivery) });
    this.#release('done');
  }

  /** Its plugin has stopped first. What a record owns is no suspect because of that. */
  async #handBack(): Promise<void> {
    this.#unit.discard();
    const owned = this.deliveries.filter(({ row }) => row !== undefined);
    const nowMs = this.ports.dues.now();
    const operations = owned.flatMap((delivery) =>
      keep(this.ports.subscription, delivery, rowFor(delivery, { starts: 0 }), nowMs),
    );
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
    const release = (): void => {
      this.#endTurn?.();
      this.ports.ended(this.deliveries, fate, due);
    };
    if (this.#isLate) this.#whenOver = release;
    else release();
  }

  #measured(): number | undefined {
    return this.#startedMs === 0 ? undefined : this.target.durationSince(this.#startedMs);
  }

  #finished(): StoreOperation[] {
    return this.deliveries.flatMap((delivery) => finish(this.ports.subscription, delivery));
  }
}
