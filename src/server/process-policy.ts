/**
 * What the server makes of what plugins do to the process that all share: stray errors, calls that end the process, listeners that are removed.
 * Until the application is there, what happens is written by a logger of its own, and stray errors are kept for the application.
 */
import { EXIT, SystemClock, toError } from '../common/index.js';
import type { ImportWatch } from '../host/index.js';
import {
  activeContext,
  activeContextStorage,
  type EndingCall,
  keepUncaughtExceptions,
  KeptListeners,
  keepWorkingDirectory,
  runInContext,
  type StrayErrorKind,
  type StrayErrors,
  watchEndingCalls,
  type WayOut,
} from '../telemetry/index.js';
import type { BootLog } from './boot-log.js';

/** Of what goes astray before the application is there; further ones are left out. */
const MAX_KEPT_ERRORS = 1_000;

export interface ProcessPolicyDetails {
  readonly wayOut: WayOut;
  readonly imports: ImportWatch;
  readonly log: BootLog;
}

interface KeptError {
  readonly kind: StrayErrorKind;
  readonly thrown: unknown;
  readonly plugin: string | undefined;
}

export class ProcessPolicy {
  readonly listeners = new KeptListeners(new SystemClock(), 'everybody', (plugin, what) => {
    runInContext({ plugin }, () => this.#report('listeners-removed', new Error(what)));
  });
  #keptErrors: KeptError[] = [];
  #strayErrors: StrayErrors | undefined;
  #stop: ((reason: string) => void) | undefined;

  constructor(private readonly details: ProcessPolicyDetails) {
    this.#takeWarnings();
    this.listeners.keepAll(process);
    this.#listen('unhandledRejection', (reason) => void this.#report('unhandled-rejection', reason));
    this.#listen('uncaughtException', (error) => this.#uncaught(error));
    this.#listen('exit', (code) => this.#exits(Number(code)));
    // The reader of a pipe may go away first; that is no reason to die.
    for (const stream of [process.stdout, process.stderr]) {
      this.listeners.on(stream, 'error', () => undefined);
      // The end of the stream would shut down the pipe that the log is written to as well.
      Object.assign(stream, { _final: (done: () => void) => done() });
    }
    watchEndingCalls((call) => this.#endingCall(call));
    // From the first import of a plugin on.
    keepWorkingDirectory((error) => void this.#report('working-directory', error));
    keepUncaughtExceptions((error) => void this.#report('exception-capture', error));
  }

  /** @param stop begins the stop of the server */
  applicationIsThere(strayErrors: StrayErrors, stop: (reason: string) => void): void {
    this.#strayErrors = strayErrors;
    this.#stop = stop;
    for (const { kind, thrown, plugin } of this.#keptErrors)
      runInContext({ plugin }, () => strayErrors.report(kind, thrown));
    this.#keptErrors = [];
  }

  #listen(event: string, listener: (value: unknown) => void): void {
    this.listeners.on(process, event, listener);
  }

  /** Node itself writes each warning to the standard error, however many there are; it has no listener where it is told not to. */
  #takeWarnings(): void {
    if (process.listenerCount('warning') === 0) return;
    process.removeAllListeners('warning');
    this.#listen('warning', (warning) => {
      const { name } = toError(warning);
      if (name === 'MaxListenersExceededWarning') this.#report('listener-leak', warning);
      else this.#report('warning', warning);
    });
  }

  /** After a rejection the server goes on; after an uncaught exception nothing is certain any more, and the server stops in order. */
  #uncaught(error: unknown): void {
    const plugin = this.#report('uncaught-exception', error);
    const reason = `Uncaught exception${plugin === undefined ? '' : ` in plugin "${plugin}"`}`;
    // What follows is the server's doing, not the plugin's.
    if (this.#stop) return activeContextStorage.exit(() => this.#stop?.(reason));
    this.details.log.fatal(`${reason} while the server was put together: ${toError(error).stack ?? ''}`, plugin);
    this.details.wayOut.end(EXIT.unclean);
  }

  #exits(code: number): void {
    const { wayOut, imports, log } = this.details;
    if (wayOut.isTaken) return;
    process.exitCode = EXIT.unclean;
    const error = new Error(`The process was ended with code ${code}`);
    if (this.#strayErrors) this.#strayErrors.report('process-exit', error);
    else log.fatal(`${error.message} while ${whoWasImported(imports.current)}.`, imports.current);
  }

  /** The process cannot be kept from a plugin that wants its end, but its end can be told, and have the code of one that is not clean. */
  #endingCall(call: EndingCall): void {
    const { wayOut, imports } = this.details;
    wayOut.keepCode();
    imports.refuse(call);
    const error = new Error(
      call.code === undefined ? call.text : `The process was ended with code ${call.code}, by ${call.text}`,
    );
    if (call.signal !== undefined && process.listenerCount(call.signal) > 0) {
      this.#report('process-signal', error);
      return;
    }
    this.#report('process-exit', error);
    if (!this.#strayErrors)
      this.details.log.fatal(
        `Plugin "${call.plugin}" called ${call.text} while the server was put together.`,
        call.plugin,
      );
    wayOut.end(EXIT.unclean);
  }

  /** @returns the plugin that it comes from */
  #report(kind: StrayErrorKind, thrown: unknown): string | undefined {
    if (this.#strayErrors) return this.#strayErrors.report(kind, thrown);
    const plugin = activeContext()?.plugin;
    if (this.#keptErrors.length < MAX_KEPT_ERRORS) this.#keptErrors.push({ kind, thrown, plugin });
    return plugin;
  }
}

function whoWasImported(plugin: string | undefined): string {
  return plugin === undefined ? 'the server was put together' : `plugin "${plugin}" was imported`;
}
