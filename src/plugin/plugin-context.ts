/** What the host tells a plugin about itself, and where the plugin leaves what must be released when it stops. */

/** What the host knows when it starts a plugin. */
export interface PluginContextDetails {
  readonly name: string;
  readonly version: string;
  /** 1 for the first start, 2 for the first retry, and so on. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Makes the folder when it is first asked for. */
  readonly openDataDirectory: () => string;
}

/**
 * Injected into a plugin and its providers; each start has its own.
 *
 * @example
 * const socket = context.use(await connect());   // closed when the plugin stops, last opened first
 */
export class PluginContext implements AsyncDisposable {
  readonly #details: PluginContextDetails;
  readonly #resources = new AsyncDisposableStack();

  constructor(details: PluginContextDetails) {
    this.#details = details;
  }

  get name(): string {
    return this.#details.name;
  }

  get version(): string {
    return this.#details.version;
  }

  /** 1 for the first start, 2 for the first retry after `PluginNotReadyError`, and so on. */
  get attempt(): number {
    return this.#details.attempt;
  }

  /** Aborts when the plugin stops, or when its start fails or exceeds its deadline. */
  get signal(): AbortSignal {
    return this.#details.signal;
  }

  /** Absolute path of the folder that belongs to this plugin alone; it survives restarts. */
  get dataDirectory(): string {
    return this.#details.openDataDirectory();
  }

  /**
   * Hands a resource over to the host, which disposes of it after the plugin's destroy hooks, last in, first out.
   *
   * @throws ReferenceError when the plugin has stopped already
   */
  use<T extends Disposable | AsyncDisposable | null | undefined>(resource: T): T {
    return this.#resources.use(resource);
  }

  /** As `use`, for a resource that has no `dispose` of its own. */
  adopt<T>(resource: T, release: (resource: T) => void | PromiseLike<void>): T {
    return this.#resources.adopt(resource, release);
  }

  /** Runs `action` when the plugin stops. */
  defer(action: () => void | PromiseLike<void>): void {
    this.#resources.defer(action);
  }

  /** Releases everything; called by the host. A second call does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
