/** A call of `unitOfWork` inside of a unit: which part of the unit the running code is in, and whether it has changed anything. */
import { activeContext, type ActiveUnit } from '../../telemetry/index.js';
import { UnitEndedError } from '../events.errors.js';

/** What is staged in it goes into the unit around it. */
export class UnitPart<Unit extends ActiveUnit = ActiveUnit> implements ActiveUnit {
  #hasStaged = false;
  #hasFailed = false;

  constructor(
    readonly unit: Unit,
    private readonly outer: UnitPart | undefined,
  ) {}

  get isOver(): boolean {
    return this.unit.isOver;
  }

  /** True if anything was staged in it, or in a part of it. */
  get hasStaged(): boolean {
    return this.#hasStaged;
  }

  /** Its other branches can stage nothing any more. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** @throws UnitEndedError when this part, or one around it, has failed */
  staging(): void {
    if (this.#hasFailed) throw new UnitEndedError();
    this.outer?.staging();
    this.#hasStaged = true;
  }
}

/** The innermost part that the running code is in; `undefined` outside of any. */
export function activePart(): UnitPart | undefined {
  const unit = activeContext()?.unit;
  return unit instanceof UnitPart ? unit : undefined;
}
