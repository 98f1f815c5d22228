/**
 * The row type of all that can be asked of a server. One row says what is asked, what comes back, who may ask and what it does; the socket
 * and the shell are derived from it. Imports nothing at run time, so that the shell's help costs no more than its parser.
 */
import type { EventOperations, StoredSubscriptions } from '../../events/index.js';
import type { RequestOf, RequestShape } from './request-shape.js';

/**
 * What a caller needs: `read` shows what there is, `payload` also what plugins have stored, `operate` has work done again, and `administer`
 * removes things for good.
 */
type Permission = 'read' | 'payload' | 'operate' | 'administer';

/** The parts of a server that operations work on, by name. */
export interface OperationTargets {
  readonly events: EventOperations;
  /** Only while no server has the store open. */
  readonly subscriptions: StoredSubscriptions;
}

export type TargetName = keyof OperationTargets;

interface OperationRow<T extends TargetName, S extends RequestShape> {
  /** Group and verb, as in the shell: `events.list`. Also the last part of its path on the socket. */
  readonly name: `${string}.${string}`;
  /** What it does, as a sentence for help and documentation. */
  readonly text: string;
  readonly on: T;
  readonly permission: Permission;
  /** True if it changes anything: its result is logged then. */
  readonly changes: boolean;
  readonly request: S;
}

interface OneAnswer<A, S extends RequestShape, T extends TargetName> extends OperationRow<T, S> {
  /** A method, so that a row fits into a list of all rows. @throws PanottiError for what cannot be done */
  run(target: OperationTargets[T], request: RequestOf<S>): Promise<A>;
}

interface ManyAnswers<I, S extends RequestShape, T extends TargetName> extends OperationRow<T, S> {
  run(target: OperationTargets[T], request: RequestOf<S>, signal: AbortSignal): AsyncIterable<I>;
}

/** An operation with one answer, which survives JSON. */
export interface Operation<
  Answer = unknown,
  S extends RequestShape = RequestShape,
  T extends TargetName = TargetName,
> extends OneAnswer<Answer, S, T> {
  readonly answer: 'one';
}

/** An operation that answers until its caller stops it; each item survives JSON. */
export interface StreamOperation<
  Item = unknown,
  S extends RequestShape = RequestShape,
  T extends TargetName = TargetName,
> extends ManyAnswers<Item, S, T> {
  readonly answer: 'many';
}

export type AnyOperation = Operation | StreamOperation;

/** Carries operations out, in this process or through a running server. */
export interface OperationCaller {
  /** True if a running server carries them out. */
  readonly isLive: boolean;
  /** @throws PanottiError of the operation, with its code */
  call<A, S extends RequestShape, T extends TargetName>(
    operation: Operation<A, S, T>,
    request: RequestOf<S>,
  ): Promise<A>;
  /** Ends when the signal aborts, or when the server stops. */
  follow<I, S extends RequestShape, T extends TargetName>(
    operation: StreamOperation<I, S, T>,
    request: RequestOf<S>,
    signal: AbortSignal,
  ): AsyncIterable<I>;
}

export function operation<A, S extends RequestShape, T extends TargetName>(
  row: OneAnswer<A, S, T>,
): Operation<A, S, T> {
  return { ...row, answer: 'one' };
}

export function streamOperation<I, S extends RequestShape, T extends TargetName>(
  row: ManyAnswers<I, S, T>,
): StreamOperation<I, S, T> {
  return { ...row, answer: 'many' };
}
