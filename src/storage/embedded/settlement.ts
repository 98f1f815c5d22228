/** Tells those whose units were carried out together what came of it, some at a time: what they do next must not all happen in one turn. */
import type { Receipt } from '../unit.js';

export interface SettledUnit {
  readonly operations: readonly unknown[];
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

export type Outcome = { readonly receipt: Receipt } | { readonly refusal: unknown };

/**
 * What is told in one turn of the event loop: some hundred units. More of them would hold the loop up by what they lead to; fewer would make
 * turns, and work that is not shared any more, of what takes a millisecond or two.
 */
const TURN_OPERATIONS = 512;

/** A unit may be one operation and yet lead to many. */
const UNIT_OPERATIONS = 4;

export class Settlement {
  #next = 0;

  constructor(
    private readonly units: readonly SettledUnit[],
    private readonly outcomes: readonly Outcome[],
  ) {}

  /** @returns true if all callers have their answer */
  tellSome(): boolean {
    for (let told = 0; this.#next < this.units.length && told < TURN_OPERATIONS;) told += this.#tellNext();
    return this.#next >= this.units.length;
  }

  tellAll(): void {
    while (this.#next < this.units.length) this.#tellNext();
  }

  #tellNext(): number {
    const unit = this.units[this.#next];
    const outcome = this.outcomes[this.#next++];
    if (unit === undefined || outcome === undefined) return 0;
    if ('receipt' in outcome) unit.resolve(outcome.receipt);
    else unit.reject(outcome.refusal);
    return UNIT_OPERATIONS + unit.operations.length;
  }
}
