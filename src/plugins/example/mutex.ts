/** Lets one change happen after the other. */

/** A change that reads, awaits and writes would otherwise overwrite what another one wrote in between. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `action` when all earlier ones are done; a failure of one does not hold up the next. */
  run<T>(action: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
