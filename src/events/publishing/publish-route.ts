/** What a publisher keeps for each event that it may publish, so that nothing is looked up twice. */
import type { ClassConstructor } from 'class-transformer';
import type { EventPriority } from '../contracts/event-contract.metadata.js';
import { messageOf } from '../../common/index.js';
import { hasValidation, instanceOf, propertyProblems } from '../contracts/event-validation.js';
import { PayloadProblem } from '../contracts/plain-data.js';
import { readTypedProperties } from '../contracts/typed-properties.metadata.js';
import { withTypedValues } from '../contracts/typed-values.js';
import { EventInvalidError } from '../events.errors.js';
import type { PublishCounter } from '../event-counters.js';
import type { DispatchTable, DispatchTables } from '../subscriptions/dispatch-tables.js';
import type { EventOrigin } from '../event/published-event.js';

export interface PublishRouteDetails {
  readonly origin: EventOrigin;
  /** Class of the payloads, if the event has one. */
  readonly eventClass: ClassConstructor<object> | undefined;
  /** True if `events.validate` is on. */
  readonly validate: boolean;
  readonly counter: PublishCounter;
  readonly priority: EventPriority;
}

export class PublishRoute {
  readonly origin: EventOrigin;
  readonly counter: PublishCounter;
  readonly priority: EventPriority;
  /** True if values in the payload are instances of classes of their own. */
  readonly isTyped: boolean;
  readonly #eventClass: ClassConstructor<object> | undefined;
  readonly #isValidated: boolean;
  #table: DispatchTable;
  #generation: number;

  constructor(
    details: PublishRouteDetails,
    private readonly tables: DispatchTables,
  ) {
    this.origin = details.origin;
    this.counter = details.counter;
    this.priority = details.priority;
    this.#eventClass = details.eventClass;
    this.#isValidated = details.validate && details.eventClass !== undefined && hasValidation(details.eventClass);
    this.isTyped = details.eventClass !== undefined && readTypedProperties(details.eventClass).length > 0;
    this.#table = tables.tableFor(details.origin.name);
    this.#generation = tables.generation;
  }

  get eventClass(): ClassConstructor<object> | undefined {
    return this.#eventClass;
  }

  get table(): DispatchTable {
    if (this.#generation !== this.tables.generation) {
      this.#table = this.tables.tableFor(this.origin.name);
      this.#generation = this.tables.generation;
    }
    return this.#table;
  }

  /**
   * The payload as handlers get it: where the event has a class, an instance of it, and in its typed properties instances of theirs. What was
   * given is never changed: where it has to be another one, it is a copy.
   *
   * @throws EventInvalidError for what no instance can be made of
   */
  payloadOf(given: unknown): unknown {
    const eventClass = this.#eventClass;
    if (eventClass === undefined || (!this.isTyped && given instanceof eventClass)) return given;
    if (typeof (given ?? {}) !== 'object' || Array.isArray(given)) throw this.#invalid(['payload: must be an object']);
    try {
      return given instanceof eventClass ? withTypedValues(given, eventClass) : instanceOf(eventClass, given);
    } catch (error) {
      if (error instanceof PayloadProblem) throw this.#invalid([`payload: ${error.message}`]);
      throw this.#invalid([`payload: no instance of ${eventClass.name} can be made of it: ${messageOf(error)}`]);
    }
  }

  /** @throws EventInvalidError for properties that break the decorators of the class */
  validate(payload: unknown): void {
    if (!this.#isValidated) return;
    // A route that is validated has a class, and `payloadOf` made the payload an instance of it.
    const problems = propertyProblems(payload as object);
    if (problems.length > 0) throw this.#invalid(problems);
  }

  #invalid(problems: readonly string[]): EventInvalidError {
    return new EventInvalidError(this.origin.source, this.origin.name, problems);
  }
}
