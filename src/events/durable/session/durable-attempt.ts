/**
 * One call of a durable handler, with one event or a batch, and what becomes of it in the store: the acknowledgement with everything that the
 * handler has staged, the next attempt, or a dead letter. Each of these is one unit.
 */
import { toError } from '../../../common/index.js';
import type { Receipt, StoreOperation } from '../../../storage/index.js';
import { activeContextStorage } from '../../../telemetry/index.js';
import { DeliveryScope } from '../../event/delivery-scope.js';
import type { CallResult } from '../../handlers/delivery.js';
import type { NextAttempt } from '../../handlers/delivery-policy.js';
import { HandlerCall, type CallOwner } from '../../handlers/handler-call.js';
import type { Handler } from '../../handlers/handler.js';
import { UnitOfWork } from '../../unit/unit-of-work.js';
import { errorChain } from '../records/delivery-row.js';
import {
  acknowledged,
  attemptsOf,
  finish,
  keep,
  rowFor,
  type DeliveryFate,
  type DurableDelivery,
} from '../records/durable-delivery.js';
import type { Acknowledged } from './acknowledgements.js';
import type { DeliveryBatch } from './batch-queue.js';
import type { KeyOrder } from './key-order.js';
import type { DeliveryFlow, SessionContext } from './session-context.js';

type Failure = 'failed' | 'timed-out';

interface Retry extends NextAttempt {
  readonly delivery: DurableDelivery;
}

export class DurableAttempt implements CallOwner, Acknowledged {
  readonly target: Handler;
  readonly #unit: UnitOfWork;
  /** 0 where it is not measured. */
  #startedMs = 0;
  #durationMs: number | undefined;
  #endTurn: (() => void) | undefined;
  /** The handler still runs, though its deadline has passed: its key and its place stay taken. */
  #isLate = false;
  /** What happens once the handler has come back. */
  #whenOver: (() => void) | undefined;

  constructor(
    readonly deliveries: DeliveryBatch,
    private readonly context: SessionContext,
    private readonly order: KeyOrder,
    private readonly flow: DeliveryFlow,
  ) {
    this.target = context.handler;
    this.#unit = new UnitOfWork(context.shared.store);
  }

  /** Never throws. */
  start(): void {
    this.target.opened(this.deliveries.length);
    if (this.deliveries.some(({ row, isOrphan }) => row !== undefined || isOrphan)) void this.#startCounted();
    else this.#call();
  }

  callEnded(call: HandlerCall, result: CallResult, error: unknown): void {
    this.#unit.seal();
    this.#isLate = call.isLate;
    if (result === 'handled') this.#succeed();
    else if (result === 'abandoned') void this.#release();
    else this.#fail(result, error);
  }

  callIsOver(): void {
    this.#isLate = false;
    this.#whenOver?.();
  }

  /** The number of the attempt is on the disk before the handler runs: one that ends the process must not be tried for ever. */
  async #startCounted(): Promise<void> {
    const { acknowledgements, crashCandidates } = this.context.shared;
    const crashes = Math.max(...this.deliveries.map(({ row }) => row?.starts ?? 0));
    if (crashes > 0) this.#endTurn = await crashCandidates.turn(crashes);
    // Its plugin may have stopped by now: another instance of it has the delivery then, or will have it.
    if (this.target.isClosed) this.#end('kept');
    else await acknowledgements.track(this.#count());
  }

  async #count(): Promise<void> {
    const { dues, acknowledgements, faults } = this.context.shared;
    const counted = this.deliveries.map((delivery) => {
      const { attempts = 0, starts = 0 } = delivery.row ?? {};
      return [delivery, rowFor(delivery, { attempts: attempts + 1, starts: starts + 1 })] as const;
    });
    try {
      await acknowledgements.commit(
        counted.flatMap(([delivery, row]) => keep(this.context.name, delivery, row, dues.now())),
      );
    } catch {
      this.#end('kept');
      return;
    }
    for (const [delivery, row] of counted) delivery.row = row;
    faults.reach('delivery-claimed');
    if (!this.target.isClosed) {
      this.#call();
      return;
    }
    // The attempt was counted, and never made.
    for (const [delivery, row] of counted) delivery.row = { ...row, attempts: row.attempts - 1 };
    await this.#release();
  }

  #call(): void {
    const { clock, faults } = this.context.shared;
    const [{ event, row }] = this.deliveries;
    const payload = this.target.details.policy.batch
      ? this.deliveries.map((each) => each.event.payload)
      : event.payload;
    const call = new HandlerCall(this, event, row?.attempts ?? 1);
    // Not every attempt is measured: that would cost two looks at the clock.
    if (event.startedMs !== 0 || row !== undefined) this.#startedMs = clock.monotonicMs();
    faults.reach('handler-invoked');
    activeContextStorage.run(new DeliveryScope(event, this.target.plugin, this.#unit), () => call.run(payload));
  }

  #succeed(): void {
    const { acknowledgements, faults } = this.context.shared;
    faults.reach('handler-resolved');
    const { failure } = this.#unit;
    if (failure) {
      this.#fail('failed', failure);
      return;
    }
    this.#durationMs = this.#measured();
    const staged = this.#unit.operations();
    const [first] = this.deliveries;
    if (staged.length === 0 && this.deliveries.length === 1 && first.row === undefined) {
      acknowledgements.add(acknowledged(this.context.name, first), this);
      return;
    }
    const operations = [...staged, ...this.#finished()];
    // What the handler has published is handed out in the order of the commits.
    const committed = (receipt: Receipt): void => this.#unit.committed(receipt);
    void acknowledgements.commit(operations, committed).then(
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
    this.context.shared.faults.reach('delivery-completed');
    this.#unit.committed();
    const durationMs = this.#durationMs;
    for (const { event, row } of this.deliveries) {
      if (durationMs === undefined && row === undefined) this.target.concludeHandled(event);
      else
        this.target.conclude(event, { result: 'handled', attempts: row?.attempts ?? 1, durationMs, error: undefined });
    }
    this.#leave('succeeded');
  }

  #fail(status: Failure, error: unknown): void {
    this.#unit.discard();
    const isBatch = this.deliveries.length > 1;
    const { policy } = this.target.details;
    const retries = this.deliveries.flatMap((delivery) => {
      const made = { attempts: attemptsOf(delivery), conflicts: delivery.row?.conflicts, isBatch };
      const next = policy.after(error, made);
      return next ? [{ ...next, delivery }] : [];
    });
    // The session after this one waits for it, to find what it has decided.
    void this.context.shared.acknowledgements.track(
      retries.length > 0 ? this.#requeue(retries, status, error) : this.#deadLetter(status, error),
    );
  }

  async #requeue(retries: readonly Retry[], status: Failure, error: unknown): Promise<void> {
    const { acknowledgements, dues } = this.context.shared;
    const nowMs = dues.now();
    const errors = errorChain(error);
    const operations = retries.flatMap(({ delivery, attempts, conflicts, delayMs }) => {
      const row = rowFor(delivery, { starts: 0, errors, attempts, conflicts });
      const { key } = delivery;
      // What waits behind it goes into the store with it.
      const behind = key === undefined ? [] : this.order.block(key);
      return [...keep(this.context.name, delivery, row, nowMs + delayMs), ...behind];
    });
    try {
      await acknowledgements.commit(operations);
    } catch {
      this.#end('kept');
      return;
    }
    this.#measured();
    this.target.counters.retried++;
    this.#reportRetry(retries, status, toError(error));
    for (const _ of this.deliveries) this.target.handBack();
    this.#leave('kept', nowMs + Math.min(...retries.map(({ delayMs }) => delayMs)));
  }

  #reportRetry([next]: readonly Retry[], status: Failure, error: Error): void {
    if (!next) return;
    const { target } = this;
    const { delivery } = next;
    const attempts = attemptsOf(delivery);
    const isUncounted = !next.isCounted && this.deliveries.length === 1;
    const conflicts = isUncounted ? next.conflicts : undefined;
    const isRepeated = isUncounted && conflicts === undefined && delivery.row?.errors[0]?.name === error.name;
    const { attempts: maxAttempts } = target.details.policy;
    const failure = { target, event: delivery.event, status, attempts, maxAttempts, error, isRepeated, conflicts };
    target.failures.attemptFailed(failure, next.delayMs);
  }

  async #deadLetter(result: Failure, error: unknown): Promise<void> {
    const { clock, deadLetters, acknowledgements } = this.context.shared;
    const errors = errorChain(error);
    const rows = this.deliveries.map((delivery) => ({
      ...rowFor(delivery, { attempts: attemptsOf(delivery), starts: 0, errors }),
      diedAt: clock.now(),
    }));
    const letters = await deadLetters.prepare({ subscription: this.context.name, plugin: this.target.plugin }, rows);
    try {
      const committed = (receipt: Receipt): void => letters.unit.committed(receipt);
      await acknowledgements.commit([...letters.operations, ...this.#finished()], committed);
    } catch {
      letters.unit.discard();
      this.#end('kept');
      return;
    }
    const end = { result, durationMs: this.#measured(), error, isDeadLetter: true };
    for (const delivery of this.deliveries)
      this.target.conclude(delivery.event, { ...end, attempts: attemptsOf(delivery) });
    this.#leave('dead-lettered');
  }

  /** Its plugin has stopped first: the store has the deliveries for the next session. A start that ends so is no sign of a crash. */
  async #release(): Promise<void> {
    const { dues, acknowledgements } = this.context.shared;
    this.#unit.discard();
    const nowMs = dues.now();
    const operations = this.deliveries
      .filter(({ row }) => row !== undefined)
      .flatMap((delivery) => keep(this.context.name, delivery, rowFor(delivery, { starts: 0 }), nowMs));
    if (operations.length > 0) await acknowledgements.commit(operations).catch(() => undefined);
    this.#end('kept');
  }

  /** Ends without a result. */
  #end(fate: DeliveryFate): void {
    this.#unit.discard();
    for (const _ of this.deliveries) this.target.handBack();
    this.#leave(fate);
  }

  #leave(fate: DeliveryFate, due?: number): void {
    const leave = (): void => {
      this.#endTurn?.();
      this.flow.ended(this.deliveries, fate, due);
    };
    if (this.#isLate) this.#whenOver = leave;
    else leave();
  }

  #measured(): number | undefined {
    return this.#startedMs === 0 ? undefined : this.target.durationSince(this.#startedMs);
  }

  #finished(): StoreOperation[] {
    return this.deliveries.flatMap((delivery: DurableDelivery) => finish(this.context.name, delivery));
  }
}
