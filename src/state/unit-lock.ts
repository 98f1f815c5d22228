/** One lock for one value: held by a unit of work until it has ended, so that nobody builds on what may still be undone. */
import type { UnitOfWork } from '../events/index.js';

interface Waiter {
  readonly unit: UnitOfWork;
  readonly proceed: () => void;
}

/** How many locks each unit holds or waits for: one that has any never waits for another, so no two units ever wait for each other. */
const engagements = new WeakMap<UnitOfWork, number>();

export class UnitLock {
  #holder: UnitOfWork | undefined;
  /** The calls of the holder happen one after another, too. */
  #tail: Promise<unknown> = Promise.resolve();
  readonly #waiting: Waiter[] = [];

  /** @param onIdle called when nobody holds it any more */
  constructor(private readonly onIdle: () => void = () => undefined) {}

  /**
   * Runs `action` once the unit has the lock, and keeps the lock until the unit ends.
   *
   * @param refuse makes the error for a unit that would have to wait and has other locks
   */
  async run<T>(unit: UnitOfWork, action: () => Promise<T>, refuse: () => Error): Promise<T> {
    if (this.#holder !== unit) await this.#acquire(unit, refuse);
    const result = this.#tail.then(action);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #acquire(unit: UnitOfWork, refuse: () => Error): Promise<void> {
    const isFirstCall = !this.#waiting.some((waiter) => waiter.unit === unit);
    if (!this.#holder) {
      this.#hold(unit);
      return;
    }
    if (isFirstCall && (engagements.get(unit) ?? 0) > 0) throw refuse();
    if (isFirstCall) engage(unit, 1);
    await new Promise<void>((resolve) => this.#waiting.push({ unit, proceed: resolve }));
  }

  #hold(unit: UnitOfWork): void {
    this.#holder = unit;
    engage(unit, 1);
    unit.onEnded(() => this.#release(unit));
  }

  #release(unit: UnitOfWork): void {
    engage(unit, -1);
    this.#holder = undefined;
    this.#tail = Promise.resolve();
    const next = this.#waiting[0]?.unit;
    if (!next) {
      this.onIdle();
      return;
    }
    const calls = this.#waiting.filter((waiter) => waiter.unit === next);
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((waiter) => waiter.unit !== next));
    engage(next, -1);
    this.#hold(next);
    for (const { proceed } of calls) proceed();
  }
}

function engage(unit: UnitOfWork, by: number): void {
  engagements.set(unit, (engagements.get(unit) ?? 0) + by);
}
