/**
 * The only place that listens to an AbortSignal. A listener, a race or a derived signal that is left on a signal that lives long keeps
 * all that its closure can reach, so each of these is let go of when its work has ended.
 */

/** Runs `action` when the signal aborts, and at once if it has aborted. Dispose it when the work is over. */
export function onAbort(signal: AbortSignal, action: () => void): Disposable {
  if (signal.aborted) action();
  else signal.addEventListener('abort', action, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', action) };
}

/**
 * Settles as `work` does, or rejects with what `onAborted` makes if the signal aborts first: by default, its reason. A late rejection of
 * `work` is ignored, because its caller has its answer by then.
 */
export function untilAborted<T>(
  work: PromiseLike<T>,
  signal: AbortSignal,
  onAborted: () => unknown = () => signal.reason,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const listening = onAbort(signal, () => reject(onAborted() as Error));
    Promise.resolve(work)
      .finally(() => listening[Symbol.dispose]())
      .then(resolve, reject);
  });
}

/**
 * A signal for one piece of work, which aborts with the first of several signals. In place of `AbortSignal.any`, whose signals stay known to
 * their sources.
 *
 * @example
 * using joined = new JoinedSignal(context.signal, AbortSignal.timeout(1_000));
 * await work(joined.signal);
 */
export class JoinedSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #listening: readonly Disposable[];

  constructor(...sources: readonly AbortSignal[]) {
    this.#listening = sources.map((source) => onAbort(source, () => this.#controller.abort(source.reason)));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The signal aborts no more. */
  [Symbol.dispose](): void {
    for (const each of this.#listening) each[Symbol.dispose]();
  }
}
