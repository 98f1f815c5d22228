/** The payload as a handler with a class gets it: an instance of that class, upcast from older versions and validated. The same for live and stored events. */
import type { ClassConstructor } from 'class-transformer';
import { messageOf } from '../../common/index.js';
import type { EventClass } from '../../plugin/index.js';
import { readContract, type EventContractDetails } from '../contracts/event-contract.metadata.js';
import { hasValidation, instanceOf, propertyProblems } from '../contracts/event-validation.js';

/** Why no instance can be made. `upcast`: the class cannot upcast the event to its version. */
export class ReceptionProblem extends Error {
  constructor(
    readonly kind: 'upcast' | 'unreadable',
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

export class ReceivedPayload {
  readonly eventClass: ClassConstructor<object>;
  readonly #contract: Pick<EventContractDetails, 'version' | 'upcast'>;
  readonly #isValidated: boolean;

  /** @param validate whether `events.validate` is on */
  constructor(eventClass: EventClass, validate: boolean) {
    // class-transformer calls the constructor without arguments, or not at all.
    this.eventClass = eventClass as ClassConstructor<object>;
    this.#contract = readContract(eventClass) ?? { version: 1 };
    this.#isValidated = validate && hasValidation(this.eventClass);
  }

  /** The newest version that the class knows. */
  get version(): number {
    return this.#contract.version;
  }

  /**
   * @param data plain data that no one else uses
   * @param version at most `this.version`
   * @throws ReceptionProblem
   */
  from(data: unknown, version: number): object {
    const current = this.#upcast(data, version);
    const isChanged = version < this.version && this.#contract.upcast !== undefined;
    try {
      return this.#checked(current);
    } catch (error) {
      if (!isChanged || !(error instanceof ReceptionProblem)) throw error;
      throw new ReceptionProblem('upcast', 'the result of the steps is invalid', error);
    }
  }

  /** An object to find the key of an event of an unknown version in: its fields, and nothing that the class would add. */
  guess(data: unknown): object {
    return Object.assign(Object.create(this.eventClass.prototype as object) as object, data);
  }

  #upcast(data: unknown, from: number): unknown {
    const { version: known, upcast } = this.#contract;
    // Without steps, the class takes events of older versions as they are.
    if (upcast === undefined) return data;
    let current = data;
    for (let version = from; version < known; version++) {
      const step = upcast[version];
      if (!step) throw new ReceptionProblem('upcast', `there is no step from version ${version}`);
      current = stepped(step, version, current);
    }
    return current;
  }

  #checked(data: unknown): object {
    if (typeof (data ?? {}) !== 'object' || Array.isArray(data))
      throw new ReceptionProblem('unreadable', 'payload: must be an object');
    let instance: object;
    try {
      instance = instanceOf(this.eventClass, data);
    } catch (error) {
      throw new ReceptionProblem(
        'unreadable',
        `no instance of ${this.eventClass.name} can be made of it: ${messageOf(error)}`,
        error,
      );
    }
    const problems = this.#isValidated ? propertyProblems(instance) : [];
    if (problems.length > 0) throw new ReceptionProblem('unreadable', problems.join('; '));
    return instance;
  }
}

function stepped(step: (old: never) => unknown, version: number, old: unknown): unknown {
  let made: unknown;
  try {
    // What a step takes is its author's knowledge of an older class.
    made = step(old as never);
  } catch (error) {
    throw new ReceptionProblem('upcast', `the step from version ${version} threw: ${messageOf(error)}`, error);
  }
  if (made instanceof Promise) {
    made.catch(() => undefined);
    throw new ReceptionProblem('upcast', `the step from version ${version} is asynchronous`);
  }
  return made;
}
