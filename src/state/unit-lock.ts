/**
 * One lock for one value: held by a unit of work until it has ended, so that nothing builds on what may still be undone. Units wait for each
 * other, the oldest goes first. Where they would wait for each other in a circle, the youngest of the circle is refused: the oldest always
 * gets on.
 */
import type { UnitOfWork } from '../events/index.js';

interface Waiter {
  readonly unit: UnitOfWork;
  readonly proceed: () => void;
  readonly refuse: () => void;
}

/** What a unit holds and waits for. */
interface Engagement {
  holds: number;
  /** Several, when branches of it run side by side. */
  readonly waits: Set<UnitLock>;
}

const engagements = new WeakMap<UnitOfWork, Engagement>();

export class UnitLock {
  #holder: UnitOfWork | undefined;
  /** The calls of the holder happen one after another, too. */
  #tail: Promise<unknown> = Promise.resolve();
  #waiting: Waiter[] = [];

  /** @param onIdle called when no unit holds it any more */
  constructor(private readonly onIdle: () => void = () => undefined) {}

  /**
   * Runs `action` once the unit has the lock, and keeps the lock until the unit ends.
   *
   * @param refusal makes the error for a unit that is refused because it would wait for itself by way of others
   */
  async run<T>(unit: UnitOfWork, action: () => Promise<T>, refusal: () => Error): Promise<T> {
    if (this.#holder !== unit) await this.#acquire(unit, refusal);
    const result = this.#tail.then(action);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #acquire(unit: UnitOfWork, refusal: () => Error): Promise<void> {
    if (!this.#holder) {
      this.#hold(unit);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const { holds, waits } = engagementOf(unit);
      this.#enqueue({ unit, proceed: resolve, refuse: () => reject(refusal()) });
      waits.add(this);
      // Nothing waits for a unit that has no other place in a queue and holds nothing.
      if (holds === 0 && waits.size === 1) return;
      for (let circle = circleOf(unit); circle; circle = circleOf(unit)) refuseYoungest(circle);
    });
  }

  /** The oldest goes first, also before those that came earlier: a younger one before it would only be refused when they meet. */
  #enqueue(waiter: Waiter): void {
    const firstYounger = this.#waiting.findIndex(({ unit }) => unit.number > waiter.unit.number);
    this.#waiting.splice(firstYounger < 0 ? this.#waiting.length : firstYounger, 0, waiter);
  }

  /** Those that the unit has to wait for here: the holder, and the units that have come before. */
  ahead(unit: UnitOfWork): readonly UnitOfWork[] {
    const units = this.#waiting.map((waiter) => waiter.unit);
    const before = units.slice(0, units.indexOf(unit));
    return this.#holder ? [this.#holder, ...before] : before;
  }

  /** The unit waits here no longer; its calls fail. */
  refuse(unit: UnitOfWork): void {
    for (const waiter of this.#take(unit)) waiter.refuse();
  }

  #hold(unit: UnitOfWork): void {
    this.#holder = unit;
    engagementOf(unit).holds++;
    unit.onEnded(() => this.#release(unit));
  }

  #release(unit: UnitOfWork): void {
    engagementOf(unit).holds--;
    this.#holder = undefined;
    this.#tail = Promise.resolve();
    const next = this.#waiting[0]?.unit;
    if (!next) {
      this.onIdle();
      return;
    }
    const calls = this.#take(next);
    this.#hold(next);
    for (const { proceed } of calls) proceed();
  }

  #take(unit: UnitOfWork): readonly Waiter[] {
    const calls = this.#waiting.filter((waiter) => waiter.unit === unit);
    this.#waiting = this.#waiting.filter((waiter) => waiter.unit !== unit);
    engagementOf(unit).waits.delete(this);
    return calls;
  }
}

interface Step {
  readonly unit: UnitOfWork;
  readonly lock: UnitLock;
}

/** The units that wait for each other by way of this one, each with the lock that it waits for; `undefined` where it waits for others alone. */
function circleOf(start: UnitOfWork): readonly Step[] | undefined {
  const seen = new Set<UnitOfWork>();
  const paths: (readonly [UnitOfWork, readonly Step[]])[] = [[start, []]];
  for (let path = paths.pop(); path; path = paths.pop()) {
    const [unit, steps] = path;
    for (const lock of engagementOf(unit).waits) {
      const next = [...steps, { unit, lock }];
      for (const other of lock.ahead(unit)) {
        if (other === start) return next;
        if (seen.has(other)) continue;
        seen.add(other);
        paths.push([other, next]);
      }
    }
  }
  return undefined;
}

function refuseYoungest(circle: readonly Step[]): void {
  const youngest = circle.reduce((young, step) => (step.unit.number > young.unit.number ? step : young));
  youngest.lock.refuse(youngest.unit);
}

function engagementOf(unit: UnitOfWork): Engagement {
  const known = engagements.get(unit);
  if (known) return known;
  const engagement = { holds: 0, waits: new Set<UnitLock>() };
  engagements.set(unit, engagement);
  return engagement;
}
