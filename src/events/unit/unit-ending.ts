/**
 * What is to be called once a unit of work has ended. Thousands of calls, as after an import, share several turns of
 * the event loop.
 */
import { nextTurn } from '../../common/index.js';

/** Calls that share a turn. As many changes have room in the buffer of a reader of changes. */
const CALLS_OF_A_TURN = 500;

type Action = () => void;

export class UnitEnding {
  readonly #afterCommit: Action[] = [];
  #afterEnd: Action[] = [];
  #hasEnded = false;
  #announcement: Promise<void> | undefined;

  /**
   * Resolves when all has been called; `undefined` where it was called in the turn of the commit, or nothing is
   * committed.
   */
  get announcement(): Promise<void> | undefined {
    return this.#announcement;
  }

  onCommitted(action: Action): void {
    this.#afterCommit.push(action);
  }

  /** Calls `action` at once where the end has come. */
  onEnded(action: Action): void {
    if (this.#hasEnded) action();
    else this.#afterEnd.push(action);
  }

  /** Calls what waits for the commit in this turn. */
  committed(): void {
    for (const action of this.#afterCommit) action();
    this.discarded();
  }

  /** Calls what waits for the commit: at once where it is little, the rest of it in later turns where it is much. */
  committedInTurns(): void {
    if (this.#afterCommit.length > CALLS_OF_A_TURN) this.#announcement = this.#announce();
    else this.committed();
  }

  discarded(): void {
    for (const action of this.#takeAfterEnd()) action();
  }

  async #announce(): Promise<void> {
    await callInTurns(this.#afterCommit);
    await callInTurns(this.#takeAfterEnd());
  }

  #takeAfterEnd(): readonly Action[] {
    this.#hasEnded = true;
    const actions = this.#afterEnd;
    this.#afterEnd = [];
    return actions;
  }
}

async function callInTurns(actions: readonly Action[]): Promise<void> {
  for (const [index, action] of actions.entries()) {
    if (index > 0 && index % CALLS_OF_A_TURN === 0) await nextTurn();
    action();
  }
}
