/**
 * One unit of changes: what a handler, or the function of `unitOfWork`, stores and publishes. It is staged until the function has succeeded, and
 * then carried out in one commit. The code that runs the function commits or discards; code that stores or publishes finds the unit by `activeUnit`.
 */
import type {
  LimitOperation,
  Receipt,
  RecordPage,
  ScanQuery,
  Store,
  StoredRecord,
  StoreOperation,
} from '../../storage/index.js';
import {
  activeContext,
  activeContextStorage,
  runInContext,
  type ActiveContext,
  type ActiveUnit,
} from '../../telemetry/index.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import { UnitEndedError, UnitFailedError, UnitStoreError } from '../events.errors.js';
import { StagedRecords } from './staged-records.js';
import { UnitEnding } from './unit-ending.js';
import { activePart, UnitPart } from './unit-part.js';

const NO_OPERATIONS: readonly StoreOperation[] = Object.freeze([]);

/** What a unit keeps once something is staged. */
class Staging {
  readonly operations: StoreOperation[] = [];
  /** By table and scope. Carried out last: a quota counts what the whole unit leaves behind. */
  readonly limits = new Map<string, LimitOperation>();
  readonly records = new StagedRecords();
  appends = 0;
}

/** Units that have begun in this process. */
let units = 0;

/** Any number of asynchronous branches may use it at once. Each delivery of a durable handler has one, and most stage nothing. */
export class UnitOfWork implements ActiveUnit {
  /** Grows with every unit that begins: of two that conflict, the one with the greater number is refused. */
  readonly number = ++units;
  #staging: Staging | undefined;
  #ending: UnitEnding | undefined;
  #store: Store | undefined;
  #positions: readonly number[] = [];
  #isSealed = false;
  /** Committed or discarded. */
  #isDecided = false;
  #failure: UnitFailedError | undefined;

  /** @param store where it is committed; may be left to the first participant that calls `bind` */
  constructor(store?: Store) {
    this.#store = store;
  }

  /** True once its function has returned, thrown or run out of time: nothing more is staged. */
  get isOver(): boolean {
    return this.#isSealed;
  }

  /** Why it cannot be committed: a part of it has failed with changes staged. */
  get failure(): UnitFailedError | undefined {
    return this.#failure;
  }

  /** Prevents the commit: nothing of the unit happens, even if the code around the failed part goes on. */
  fail(cause: unknown): void {
    this.#failure ??= new UnitFailedError(cause);
  }

  /**
   * To be called by each participant before it stages: all operations of a unit go to one store.
   *
   * @throws UnitStoreError when the unit belongs to another store
   */
  bind(store: Store): this {
    this.#store ??= store;
    if (this.#store !== store)
      throw new UnitStoreError('A unit of work would have had to commit to the stores of two servers.');
    return this;
  }

  /**
   * Adds an operation to the commit. Operations are carried out in the order of the calls.
   *
   * @throws UnitEndedError after the unit is over
   * @throws UnitStoreError when it has no store
   */
  stage(operation: StoreOperation): void {
    this.#assertOpen();
    if (!this.#store) throw new UnitStoreError('A unit of work has no store to commit to.');
    this.#staging ??= new Staging();
    const { operations, limits, records } = this.#staging;
    if (operation.op === 'limit') {
      limits.set(JSON.stringify([operation.table, operation.scope]), operation);
      return;
    }
    if (operation.op === 'append') this.#staging.appends++;
    if (operation.op === 'put') records.put(operation);
    if (operation.op === 'delete') records.delete(operation);
    operations.push(operation);
  }

  /** How many entries of the log are staged. */
  get appends(): number {
    return this.#staging?.appends ?? 0;
  }

  /** Position of the log entry that was staged as number `index`, from 0; known after the commit. */
  positionOf(index: number): number | undefined {
    return this.#positions[index];
  }

  /** Reads like `Store.get`, with staged changes. */
  async get(table: string, scope: string, key: string): Promise<StoredRecord | undefined> {
    const store = this.#boundStore();
    this.#staging ??= new Staging();
    return this.#staging.records.get({ table, scope, key }, () => store.get(table, scope, key));
  }

  /** Reads like `Store.scan`, with staged changes; a page may be longer than its limit by these. */
  async scan(query: ScanQuery): Promise<RecordPage> {
    const page = await this.#boundStore().scan(query);
    return this.#staging?.records.overlay(query, page) ?? page;
  }

  /**
   * Has `action` called once the unit is on the disk, in the order of the calls, in the context of the caller without the unit. It must not throw.
   *
   * @throws UnitEndedError after the unit is over
   */
  onCommitted(action: () => void): void {
    this.#assertOpen();
    const context = outsideUnits(activeContext());
    (this.#ending ??= new UnitEnding()).onCommitted(() =>
      context ? activeContextStorage.run(context, action) : runOutsideUnits(action),
    );
  }

  /** Has `action` called when the unit is committed or discarded, after `onCommitted`; at once, when it is so already. It must not throw. */
  onEnded(action: () => void): void {
    if (this.#isDecided && !this.#ending) action();
    else (this.#ending ??= new UnitEnding()).onEnded(action);
  }

  /** What is staged so far, limits last. */
  operations(): readonly StoreOperation[] {
    if (!this.#staging) return NO_OPERATIONS;
    const { operations, limits } = this.#staging;
    return [...operations, ...limits.values()];
  }

  /** Ends the staging. A second call does nothing. */
  seal(): void {
    this.#isSealed = true;
  }

  /**
   * Ends the staging, and carries everything out in one commit, `more` after it. Without operations nothing is written.
   *
   * @throws what `Store.commit` throws; nothing of the unit happened then, and it is discarded
   * @throws UnitFailedError when a part of it has failed; then as well
   */
  async commit(more: readonly StoreOperation[] = []): Promise<Receipt> {
    this.seal();
    const operations = [...this.operations(), ...more];
    try {
      if (this.#failure) throw this.#failure;
      const receipt =
        operations.length > 0 ? await this.#boundStore().commit(operations) : { positions: [], versions: [] };
      this.committed(receipt);
      if (this.announcement) await this.announcement;
      return receipt;
    } finally {
      this.discard();
    }
  }

  /**
   * Reports that `operations` are on the disk, for a committer that hands them to the store itself, before other entries of the log. Where
   * thousands of actions wait for that, the rest of them is called in later turns of the event loop.
   */
  committed(receipt?: Receipt): void {
    if (this.#isDecided) return;
    this.#isSealed = true;
    this.#isDecided = true;
    if (receipt) this.#positions = receipt.positions;
    // Events of the log are handed out in the order of the commits, and the next commit may be reported in the next turn.
    if (this.appends > 0) this.#ending?.committed();
    else this.#ending?.committedInTurns();
  }

  /** Resolves when all that waits for the commit has been called; `undefined` where that happened in the turn of the commit. */
  get announcement(): Promise<void> | undefined {
    return this.#ending?.announcement;
  }

  /** Forgets everything: nothing happened. Has no effect after `committed`. */
  discard(): void {
    this.#isSealed = true;
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#ending?.discarded();
  }

  #assertOpen(): void {
    if (this.#isSealed) throw new UnitEndedError();
    if (this.#failure) throw this.#failure;
    activePart()?.staging();
  }

  #boundStore(): Store {
    if (!this.#store) throw new UnitStoreError('A unit of work has no store to commit to.');
    return this.#store;
  }
}

/** The unit that the running code belongs to, also one that is over already: it refuses what comes too late. */
export function activeUnit(): UnitOfWork | undefined {
  const unit = activeContext()?.unit;
  const whole = unit instanceof UnitPart ? unit.unit : unit;
  return whole instanceof UnitOfWork ? whole : undefined;
}

/** Runs `action`, and all that it awaits, in the unit. Commits nothing. */
function runInUnit<T>(unit: ActiveUnit, action: () => T): T {
  const scope = DeliveryScope.withUnit(activeContext(), unit);
  return scope ? activeContextStorage.run(scope, action) : runInContext({ unit }, action);
}

/**
 * Runs `action`, and all that it awaits, in the same context without its unit of work: what it publishes and stores happens at once, also when
 * the unit or the durable handler around it fails. For what tells of work that is under way.
 *
 * @example
 * await runOutsideUnits(() => this.events.publish(new Progressed(50)));
 */
export function runOutsideUnits<T>(action: () => T): T {
  const context = activeContext();
  const outside = outsideUnits(context);
  return outside && outside !== context ? activeContextStorage.run(outside, action) : action();
}

function outsideUnits(context: ActiveContext | undefined): ActiveContext | undefined {
  return context?.unit
    ? (DeliveryScope.withUnit(context, undefined) ?? Object.freeze({ ...context, unit: undefined }))
    : context;
}

/**
 * Runs `action`, and carries out its calls of `PluginState`, `PluginStore` and `PluginEvents` in one commit, when it has
 * succeeded: all of it or, when it throws, nothing. Reads inside see what is staged. A call inside of a unit, or of a durable handler,
 * joins that one: when it has changed something and throws, all of that one fails, also when its error is caught.
 *
 * Outside of a unit this is what `await` of each call gives, one by one: a crash in between leaves the first half.
 *
 * @returns what `action` returns, after the commit
 * @throws what `action` throws
 * @throws StoreConflictError when something that was read and changed inside was changed by others in between: try again
 * @throws UnitEndedError when the unit around it is over
 * @throws UnitFailedError when a call inside has failed after it had changed something, and its error was caught
 *
 * @example
 * await unitOfWork(async () => {
 *   await this.notes.put(note.id, note);
 *   await this.events.publish(new NoteAdded(note.id));
 * });
 */
export async function unitOfWork<T>(action: () => Promise<T>): Promise<T> {
  const outer = activeUnit();
  if (outer?.isOver) throw new UnitEndedError();
  if (outer) return partOf(outer, action);
  const unit = new UnitOfWork();
  try {
    const result = await runInUnit(unit, action);
    await unit.commit();
    return result;
  } finally {
    unit.discard();
  }
}

/** Runs `action` as a part of the unit: when it fails with something staged, the unit cannot be committed any more. */
async function partOf<T>(unit: UnitOfWork, action: () => Promise<T>): Promise<T> {
  const part = new UnitPart(unit, activePart());
  try {
    return await runInUnit(part, action);
  } catch (error) {
    part.fail();
    if (part.hasStaged) unit.fail(error);
    throw error;
  }
}
