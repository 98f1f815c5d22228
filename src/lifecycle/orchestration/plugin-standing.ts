/**
 * The place of a plugin in the graph: whether it must go down with what it uses, and whether all that it depends on is decided. Both are counted as
 * plugins change, one edge a change, because they are read at each transition of each neighbour.
 */

/** A plugin in the graph. */
interface Placed<R extends Placed<R>> {
  readonly standing: PluginStanding<R>;
}

/** What a settlement knows of a plugin. */
interface Followed {
  readonly isOpen: boolean;
  follow(settlement: Settlement): void;
  unfollow(settlement: Settlement): void;
}

/** Follows a group of plugins until the outcome of each is known. */
export class Settlement implements Disposable {
  readonly #standings: readonly Followed[];
  #open = 0;

  constructor(runtimes: Iterable<{ readonly standing: Followed }>) {
    this.#standings = [...runtimes].map(({ standing }) => standing);
    for (const standing of this.#standings) {
      standing.follow(this);
      if (standing.isOpen) this.#open++;
    }
  }

  get isReached(): boolean {
    return this.#open === 0;
  }

  flipped(isOpen: boolean): void {
    this.#open += isOpen ? 1 : -1;
  }

  [Symbol.dispose](): void {
    for (const standing of this.#standings) standing.unfollow(this);
  }
}

/** What the plugin's own state contributes. */
interface OwnPart {
  /** True if it is to go down even if all others stay up. */
  readonly wantsDown: boolean;
  /** True if its own state leaves its outcome open. */
  readonly isUndecided: boolean;
  readonly isUp: boolean;
}

export class PluginStanding<R extends Placed<R>> {
  /** The plugins whose exports its instance was built with; they cannot go before it. */
  readonly #uses = new Set<R>();
  readonly #users = new Set<R>();
  readonly #dependencies: R[] = [];
  readonly #dependents: R[] = [];
  readonly #followers = new Set<Settlement>();
  #usedGoingDown = 0;
  #openDependencies = 0;
  #mustBeDown = false;
  #isOpen = true;
  #own: OwnPart = { wantsDown: false, isUndecided: true, isUp: false };

  constructor(private readonly runtime: R) {}

  /** The plugins whose instances were built with its exports. */
  get users(): ReadonlySet<R> {
    return this.#users;
  }

  /** Its dependencies that are present, including optional ones. */
  get dependencies(): readonly R[] {
    return this.#dependencies;
  }

  /** Direct dependents, including optional ones. */
  get dependents(): readonly R[] {
    return this.#dependents;
  }

  /** True if it, or something that its instance was built with, is to go down. */
  get mustBeDown(): boolean {
    return this.#mustBeDown;
  }

  /** True as long as it is not known whether others can build on it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get waitsForDependencies(): boolean {
    return this.#openDependencies > 0;
  }

  /** From here on the settlement follows each change of `isOpen`. */
  follow(settlement: Settlement): void {
    this.#followers.add(settlement);
  }

  unfollow(settlement: Settlement): void {
    this.#followers.delete(settlement);
  }

  /** Takes it out of the graph; to be done with all plugins that are connected with it. */
  disconnect(): void {
    this.#dependencies.length = 0;
    this.#dependents.length = 0;
    this.#openDependencies = 0;
  }

  /** Gives it a dependency in the graph. */
  dependOn(dependency: R): void {
    this.#dependencies.push(dependency);
    dependency.standing.#dependents.push(this.runtime);
    if (dependency.standing.isOpen) this.#openDependencies++;
  }

  /** Its instance is about to be built with these. */
  use(dependencies: readonly R[]): void {
    for (const dependency of dependencies) {
      if (this.#uses.has(dependency)) continue;
      this.#uses.add(dependency);
      dependency.standing.#users.add(this.runtime);
      if (dependency.standing.mustBeDown) this.#usedGoingDown++;
    }
    this.#reassess();
  }

  /** Its instance is gone. */
  releaseUses(): void {
    for (const { standing } of this.#uses) standing.#users.delete(this.runtime);
    this.#uses.clear();
    this.#usedGoingDown = 0;
    this.#reassess();
  }

  changed(own: OwnPart): void {
    this.#own = own;
    this.#reassess();
  }

  /** Passes a change on to the plugins that use this one. Without recursion: a chain may be longer than the stack is deep. */
  #reassess(): void {
    const changed: PluginStanding<R>[] = this.#flipsDown() ? [this] : [];
    this.#noteOpen();
    for (const { mustBeDown, users } of changed) {
      for (const { standing } of users) {
        standing.#usedGoingDown += mustBeDown ? 1 : -1;
        if (standing.#flipsDown()) changed.push(standing);
        standing.#noteOpen();
      }
    }
  }

  #flipsDown(): boolean {
    const before = this.#mustBeDown;
    this.#mustBeDown = this.#own.wantsDown || this.#usedGoingDown > 0;
    return this.#mustBeDown !== before;
  }

  #noteOpen(): void {
    const isOpen = this.#own.isUndecided || (this.#own.isUp && this.#mustBeDown);
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    for (const { standing } of this.#dependents) standing.#openDependencies += isOpen ? 1 : -1;
    for (const follower of this.#followers) follower.flipped(isOpen);
  }
}
