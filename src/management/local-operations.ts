/** Carries operations out in this process. */
import { ControlRequestError } from './management.errors.js';
import type {
  Operation,
  OperationCaller,
  OperationTargets,
  RequestOf,
  RequestShape,
  StreamOperation,
  TargetName,
} from './operations/index.js';

export class LocalOperations implements OperationCaller {
  /** @param targets what this process has; operations on anything else are refused */
  constructor(private readonly targets: Partial<OperationTargets>) {}

  get isLive(): boolean {
    return this.targets.events?.isLive ?? false;
  }

  async call<A, S extends RequestShape, T extends TargetName>(
    operation: Operation<A, S, T>,
    request: RequestOf<S>,
  ): Promise<A> {
    return operation.run(this.#target(operation.on, operation.name), request);
  }

  follow<I, S extends RequestShape, T extends TargetName>(
    operation: StreamOperation<I, S, T>,
    request: RequestOf<S>,
    signal: AbortSignal,
  ): AsyncIterable<I> {
    return operation.run(this.#target(operation.on, operation.name), request, signal);
  }

  /** @throws ControlRequestError */
  #target<T extends TargetName>(name: T, operation: string): OperationTargets[T] {
    const target = this.targets[name];
    if (target === undefined) throw new ControlRequestError(`${operation} cannot be done here`);
    return target;
  }
}
