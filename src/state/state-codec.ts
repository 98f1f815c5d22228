/** Makes values of one class from stored texts and texts from values: checked, frozen, and carried on from older versions. */
import type { Type } from '@nestjs/common';
import { assertComesBack, deepFreeze, messageOf, NotStorableError, storableText } from '../common/index.js';
import { instanceOf, propertyProblems } from '../events/index.js';
import { StateInvalidError, StateMigrationError, StateTooNewError } from './state.errors.js';
import { readStateContract, type StateContractOptions } from './state-contract.metadata.js';

/** A value and the text that it is stored as. */
export interface Encoded<T> {
  readonly value: T;
  readonly text: string;
}

export class StateCodec<T extends object> {
  readonly #class: Type<T>;
  readonly #contract: StateContractOptions;

  /** @param what for messages: `state`, or the name of a store */
  constructor(
    readonly plugin: string,
    readonly what: string,
    stateClass: Type<T>,
  ) {
    this.#class = stateClass;
    this.#contract = readStateContract(stateClass);
  }

  get version(): number {
    return this.#contract.version;
  }

  /** A new instance with the defaults of the class, which need not be valid. */
  initial(): T {
    return deepFreeze(new this.#class());
  }

  /** Frozen, from a text that `encode` has made. */
  decode(text: string): T {
    return deepFreeze(this.#instance(JSON.parse(text)));
  }

  /** An instance that may be changed, from a text that `encode` has made or, without one, with the defaults of the class. */
  draft(text: string | undefined): T {
    return text === undefined ? new this.#class() : this.#instance(JSON.parse(text));
  }

  /**
   * The value as it will be read again, which is what is checked. What would be read as something else is refused.
   *
   * @throws StateInvalidError
   */
  encode(value: unknown): Encoded<T> {
    try {
      const { text } = storableText(value);
      const encoded = this.#checked(text);
      assertComesBack(value, encoded.value);
      return encoded;
    } catch (error) {
      if (!(error instanceof NotStorableError)) throw error;
      throw new StateInvalidError(
        this.plugin,
        this.what,
        [`${error.path === '' ? '(whole)' : error.path}: ${error.problem}`],
        error,
      );
    }
  }

  /** As `encode`, for data that was read from JSON and so can be stored as it is. */
  encodePlain(data: unknown): Encoded<T> {
    return this.#checked(JSON.stringify(data) ?? 'null');
  }

  /**
   * Plain data of version `from`, carried on to the version of the code and checked. Does nothing but to check where it is the same.
   *
   * @throws StateTooNewError, StateMigrationError, StateInvalidError
   */
  async carryOn(data: unknown, from: number): Promise<Encoded<T>> {
    this.assertKnown(from);
    let result = data;
    for (let version = from; version < this.version; version++) result = await this.#step(result, version);
    if (from === this.version) return this.encodePlain(result);
    try {
      return this.encode(result);
    } catch (error) {
      throw this.#failed(from, 'what the migrations have made is wrong', error);
    }
  }

  /** @throws StateTooNewError */
  assertKnown(version: number): void {
    if (version > this.version) throw new StateTooNewError(this.plugin, this.what, version, this.version);
  }

  async #step(data: unknown, from: number): Promise<unknown> {
    const migration = this.#contract.migrations?.[from];
    if (!migration) throw this.#failed(from, `there is no migration from version ${from}`);
    try {
      // What a migration takes is its author's knowledge of an older class.
      return await migration(data as never);
    } catch (error) {
      throw this.#failed(from, messageOf(error), error);
    }
  }

  #failed(from: number, problem: string, cause?: unknown): StateMigrationError {
    return new StateMigrationError(this.plugin, this.what, { from, to: this.version }, problem, cause);
  }

  #checked(text: string): Encoded<T> {
    if (!text.startsWith('{')) throw new StateInvalidError(this.plugin, this.what, ['(whole): must be an object']);
    if (!text.isWellFormed())
      throw new StateInvalidError(this.plugin, this.what, ['(whole): has half of a surrogate pair']);
    const value = this.#instance(JSON.parse(text));
    const problems = propertyProblems(value);
    if (problems.length > 0) throw new StateInvalidError(this.plugin, this.what, problems);
    return { value: deepFreeze(value), text };
  }

  #instance(data: unknown): T {
    // The class is the one that `instanceOf` makes an instance of.
    return instanceOf(this.#class, data) as T;
  }
}
