/** What explorers attached to one running plugin, until it stops. */
import { Logger } from '@nestjs/common';
import { type Clock, messageOf, toError, withinDeadline } from '../common/index.js';
import { runInContext } from '../telemetry/index.js';
import type { ExploredTarget, PluginExplorer } from './plugin-explorer.port.js';

interface AttachedResource {
  readonly explorer: PluginExplorer;
  readonly className: string;
  readonly resource: Disposable | AsyncDisposable;
}

export class ExplorerAttachment {
  readonly #logger = new Logger('PluginExplorers');
  readonly #resources: AttachedResource[] = [];
  /** Disposals under way, by what is disposed. They never reject. */
  readonly #ending = new Map<AttachedResource, Promise<void>>();
  #isClosed = false;

  constructor(
    readonly plugin: string,
    private readonly clock: Clock,
    private readonly onClose: (closed: ExplorerAttachment) => void,
  ) {}

  /** Shows an object to the explorers. @throws what an explorer throws */
  explore(target: ExploredTarget, explorers: readonly PluginExplorer[]): void {
    runInContext({ plugin: this.plugin }, () => {
      for (const explorer of explorers) {
        const resource = explorer.explore(target);
        if (resource) this.#resources.push({ explorer, className: target.type.name, resource });
      }
    });
  }

  /** Disposes everything, last made first, and waits for nothing. Never throws; a second call does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    runInContext({ plugin: this.plugin }, () => {
      for (const attached of this.#resources.splice(0).toReversed()) this.#end(attached);
    });
    this.onClose(this);
  }

  /** Waits for what is still ending. @returns what had to be given up after `timeoutMs`, in words */
  async drain(timeoutMs: number): Promise<string[]> {
    if (this.#ending.size > 0 && timeoutMs > 0) {
      const onLate = (): Error => new Error('late');
      await withinDeadline(Promise.all(this.#ending.values()), { clock: this.clock, timeoutMs, onLate }).catch(
        () => undefined,
      );
    }
    return [...this.#ending.keys()].map(
      ({ explorer, className }) => `what ${explorer.name} runs of ${className} was abandoned`,
    );
  }

  #end(attached: AttachedResource): void {
    try {
      const { resource } = attached;
      if (!(Symbol.asyncDispose in resource)) return resource[Symbol.dispose]();
      const ending = Promise.resolve(resource[Symbol.asyncDispose]()).catch((error: unknown) =>
        this.#report(attached, error),
      );
      this.#ending.set(
        attached,
        ending.then(() => void this.#ending.delete(attached)),
      );
    } catch (error) {
      this.#report(attached, error);
    }
  }

  #report({ explorer, className }: AttachedResource, thrown: unknown): void {
    const what = `${explorer.name} could not end its work for ${className} of plugin "${this.plugin}"`;
    this.#logger.error(`${what}: ${messageOf(thrown)}`, toError(thrown));
  }
}
