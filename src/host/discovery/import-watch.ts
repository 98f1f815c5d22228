/**
 * Keeps watch while plugins are imported, which happens on the main thread: an import that would end the process is refused, and one that
 * blocks the event loop is given up together with the attempt to import it. A first import in another thread would do the side effects of a
 * plugin twice, and take as long again.
 */
import {
  type BlockingCode,
  describeBlockingCode,
  type EndingCall,
  type WatchdogThread,
} from '../../telemetry/index.js';
import { printableText } from '../printable-text.js';
import type { PluginProblem } from '../plugin-problem.js';
import type { PluginCandidate } from './discovered-plugin.js';
import { importBlocked, importEndsProcess, ImportEndsProcessError } from './import-problem.js';

/** An import that blocked the event loop. */
export interface BlockedImport {
  /** Absolute real path. */
  readonly file: string;
  /** The place, and for how long. */
  readonly culprit: string;
}

export interface ImportWatchDetails {
  /** Imports that block the event loop are ended by it; started with the first import. */
  readonly thread?: WatchdogThread | undefined;
  /** Imports that blocked an earlier attempt of this process: they are not tried again. */
  readonly blockedBefore?: readonly BlockedImport[];
  /** Says that an import has blocked the event loop for too long; runs on top of the code that blocks. */
  readonly giveUp?: (message: string, plugin: string) => void;
  /** Follows `giveUp` once signals that came in the meantime were handled, if that can be had; must end the process, or start it again without this import. */
  readonly startAgain?: (blocked: BlockedImport) => void;
}

/** How many times as long an import may compute as it may wait. */
const COMPUTING_FACTOR = 5;

interface RunningImport {
  readonly candidate: PluginCandidate;
  call: EndingCall | undefined;
}

export class ImportWatch {
  readonly #running: RunningImport[] = [];
  #blockedImport: BlockedImport | undefined;

  constructor(private readonly details: ImportWatchDetails = {}) {}

  /** The name of the plugin that is being imported, as far as it is known: that of its folder, file or package. */
  get current(): string | undefined {
    return this.#running.at(-1)?.candidate.label;
  }

  /** What keeps this file from being imported at all. */
  problemOf(candidate: PluginCandidate): PluginProblem | undefined {
    const blocked = this.details.blockedBefore?.find(({ file }) => file === candidate.file);
    return blocked && importBlocked(candidate, blocked.culprit);
  }

  /** @param timeoutMs how long the import may wait */
  begin(candidate: PluginCandidate, timeoutMs: number): Disposable & { readonly problem: PluginProblem | undefined } {
    const running: RunningImport = { candidate, call: undefined };
    this.#running.push(running);
    this.#limit(timeoutMs);
    return {
      get problem() {
        return running.call && importEndsProcess(candidate, running.call.text);
      },
      [Symbol.dispose]: () => {
        this.#running.splice(this.#running.indexOf(running), 1);
        if (this.#running.length === 0) this.details.thread?.limitBlocks(Number.POSITIVE_INFINITY, undefined);
      },
    };
  }

  /** @throws ImportEndsProcessError if the call comes from a plugin that is being imported */
  refuse(call: EndingCall): void {
    const running = this.#running.find(({ candidate }) => candidate.label === call.plugin);
    if (!running) return;
    running.call = call;
    throw new ImportEndsProcessError(call);
  }

  #limit(timeoutMs: number): void {
    const { thread, giveUp } = this.details;
    if (!thread || !giveUp) return;
    // It comes up while the main thread imports, or blocks.
    thread.start(() => undefined);
    const name = `the import of plugin "${this.current ?? ''}" may take`;
    thread.limitBlocks(timeoutMs * COMPUTING_FACTOR, (code, sinceBeatMs) => this.#blocked(code, sinceBeatMs), { name });
  }

  /** At first the code that blocks is thrown away, so that the event loop turns once more; where that does not help, nothing is waited for. */
  #blocked(code: BlockingCode, sinceBeatMs: number): 'unwind' | undefined {
    const { thread, giveUp, startAgain } = this.details;
    if (this.#blockedImport) {
      startAgain?.(this.#blockedImport);
      return undefined;
    }
    const named = this.#running.find(({ candidate }) => candidate.label === code.plugin) ?? this.#running.at(-1);
    if (!named) return undefined;
    const { file, label } = named.candidate;
    const culprit = `${(sinceBeatMs / 1_000).toFixed(1)} s ${describeBlockingCode({ ...code, plugin: label })}`;
    const blocked = { file, culprit };
    this.#blockedImport = blocked;
    giveUp?.(`The import of ${printableText(file)} has blocked the event loop for ${culprit}.`, label);
    // Signals are handled between the heartbeat and what is set to be immediate.
    thread?.listen({ turned: () => void setImmediate(() => startAgain?.(blocked)) });
    return 'unwind';
  }
}
