/**
 * What an application that embeds the host may have it do about the process that plugins share with it. Only what comes from plugins is
 * touched: errors, exits and exit codes of the application's own are what they would be without. The server has a policy of its own in main.ts.
 */
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import { Clock, EXIT } from '../../common/index.js';
import {
  type EndingCall,
  keepUncaughtExceptions,
  keepWorkingDirectory,
  KeptListeners,
  type StrayErrorKind,
  StrayErrors,
  Watchdog,
} from '../../telemetry/index.js';
import { GuardedProcess } from './guarded-process.js';

/** Of all applications in this process. */
const rejectionListeners = new WeakSet<object>();

@Injectable()
export class ProcessGuard implements OnModuleInit, OnApplicationShutdown {
  readonly #listening = new DisposableStack();
  /** An end of the process from here on is the application's answer to what was told already. */
  #isEndExpected = false;

  constructor(
    private readonly strayErrors: StrayErrors,
    private readonly watchdog: Watchdog,
    private readonly clock: Clock,
    @Optional() @Inject(GuardedProcess) private readonly process: GuardedProcess | undefined,
  ) {}

  /** They have started for the first time. */
  pluginsAreStarted(): void {
    if (this.process) this.watchdog.loadingIsOver();
  }

  onModuleInit(): void {
    if (!this.process) return;
    const { end } = this.process.options;
    this.process.onEndingCall = (call) => this.#endingCall(call);
    this.#listening.use(this.process);
    const kept = new KeptListeners(
      this.clock,
      'plugins',
      (_plugin, what) => void this.strayErrors.report('listeners-removed', new Error(what)),
    );
    kept.keepAll(process);
    this.#listening.use(kept);
    const rejected = (reason: unknown): void => this.#rejected(reason);
    rejectionListeners.add(rejected);
    this.#listen('unhandledRejection', rejected);
    // A monitor changes nothing: without a listener of the application's own Node ends the process.
    this.#listen('uncaughtExceptionMonitor', (error) => {
      this.#isEndExpected = true;
      this.#report('uncaught-exception', error);
    });
    this.#listen('exit', (code) => {
      if (!this.#isEndExpected)
        this.#report('process-exit', new Error(`The process was ended with code ${String(code)}`));
    });
    this.#listen('warning', (warning) => {
      if (warning instanceof Error && warning.name === 'MaxListenersExceededWarning')
        this.#report('listener-leak', warning);
    });
    this.#listening.use(keepWorkingDirectory((error) => void this.strayErrors.report('working-directory', error)));
    this.#listening.use(keepUncaughtExceptions((error) => void this.strayErrors.report('exception-capture', error)));
    if (!end) return;
    this.watchdog.whenBlockedTooLong(() => {
      this.#isEndExpected = true;
      end(EXIT.unclean);
    });
  }

  /** As late as that, so that errors of plugins that stop are attributed as well. */
  onApplicationShutdown(): void {
    this.#listening.dispose();
  }

  #listen(event: string, listener: (value: unknown) => void): void {
    process.on(event, listener);
    this.#listening.defer(() => void process.off(event, listener));
  }

  /** The call is carried out: the end of the process is the application's to decide. */
  #endingCall({ text, code, signal }: EndingCall): void {
    if (this.#isEndExpected) return;
    if (signal !== undefined && process.listenerCount(signal) > 0)
      return void this.#report('process-signal', new Error(text));
    this.#isEndExpected = true;
    this.#report(
      'process-exit',
      new Error(code === undefined ? text : `The process was ended with code ${code}, by ${text}`),
    );
  }

  /** With a listener Node takes every rejection for handled: those of nobody become what they are without one. */
  #rejected(reason: unknown): void {
    if (this.#report('unhandled-rejection', reason)) return;
    if (process.listeners('unhandledRejection').every((listener) => rejectionListeners.has(listener))) throw reason;
  }

  /** @returns whether it comes from a plugin */
  #report(kind: StrayErrorKind, thrown: unknown): boolean {
    if (this.strayErrors.pluginOf(thrown) === undefined) return false;
    this.strayErrors.report(kind, thrown);
    return true;
  }
}
