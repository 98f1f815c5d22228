/** What a plugin remembers as one document: the class that is injected. */

/** The options of one change. */
export interface ChangeOptions {
  /** Changes nothing unless this is the version that is there; 0: there must be nothing yet. */
  readonly expectedVersion?: number;
}

/**
 * The document of the plugin that it is injected into, of the class that stands in `state` of the manifest. It survives restarts.
 *
 * In a durable handler and in `unitOfWork`, changes are staged: the code inside sees them, everybody else only after the commit. Until then
 * other changes of the same document wait.
 *
 * @example
 * await this.state.update((draft) => {
 *   draft.visits += 1;
 * });
 */
export abstract class PluginState<T extends object> {
  /** The value, frozen. Before the first change it is a new instance of the class. */
  abstract get(): T;

  /** Goes up by one with each change; 0 before the first. */
  abstract get version(): number;

  /**
   * Changes a copy of the value, checks it and stores it. Calls happen one after another, each with what the one before has left. A
   * function that throws, or leaves something invalid, changes nothing. One that changes nothing stores nothing.
   *
   * @param change changes what it is given; may be asynchronous, and must not call `update` of the same document. What it returns is ignored.
   * @returns the new value, when it is on the disk; inside of a unit, when it is staged
   * @throws StateInvalidError, StateQuotaError, StateClosedError
   * @throws StateConflictError when the version is not the expected one, or in a unit of work that would wait for an older one which waits for it
   */
  abstract update(change: (draft: T) => unknown, options?: ChangeOptions): Promise<T>;

  /**
   * Each new value after its commit, from the call on, until the plugin stops or the loop is left. No value is left out without a word: a
   * thousand wait for a slow reader, and one that is slower gets these, and then the error.
   *
   * @throws (as a rejection of `next`) StateChangesMissedError; call `changes` again, then read what is there now
   */
  abstract changes(): AsyncIterableIterator<T, undefined, undefined>;

  /** The value and the version of its class, as JSON. */
  abstract export(): string;

  /**
   * Replaces the value by an exported one, carried on from an older version of the class where needed.
   *
   * @throws StateInvalidError, StateMigrationError, StateTooNewError; nothing was changed then
   */
  abstract import(json: string): Promise<T>;
}
