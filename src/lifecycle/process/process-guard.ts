/**
 * Protects the process of an application that embeds the host against its plugins. Only what comes from plugins is handled: the application's own
 * errors, exits and exit codes stay as they are without the guard. The server has its own policy, in the room `server`.
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

/** Listeners of the guards of all applications in this process. */
const rejectionListeners = new WeakSet<object>();

@Injectable()
export class ProcessGuard implements OnModuleInit, OnApplicationShutdown {
  readonly #listening = new DisposableStack();
  /** True once an error was reported that ends the process: the end itself is not reported again. */
  #isEndExpected = false;

  constructor(
    private readonly strayErrors: StrayErrors,
    private readonly watchdog: Watchdog,
    private readonly clock: Clock,
    @Optional() @Inject(GuardedProcess) private readonly process: GuardedProcess | undefined,
  ) {}

  /** To be called when the first start of all plugins is over. */
  pluginsAreStarted(): void {
    if (this.process) this.watchdog.loadingIsOver();
  }

  onModuleInit(): void {
    if (!this.process) return;
    const { end } = this.process.options;
    this.process.onEndingCall((call) => this.#endingCall(call));
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
    // A monitor changes nothing: unless the application has its own listener, Node ends the process.
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

  /** Not earlier, because errors of plugins that are stopping must be attributed too. */
  onApplicationShutdown(): void {
    this.#listening.dispose();
  }

  #listen(event: string, listener: (value: unknown) => void): void {
    process.on(event, listener);
    this.#listening.defer(() => void process.off(event, listener));
  }

  /** Only reports: the call is carried out, because the application decides when its process ends. */
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

  /** Node takes every rejection as handled once there is a listener. A rejection that comes from no plugin is thrown again, so that Node treats it as usual. */
  #rejected(reason: unknown): void {
    if (this.#report('unhandled-rejection', reason)) return;
    if (process.listeners('unhandledRejection').every((listener) => rejectionListeners.has(listener))) throw reason;
  }

  /** @returns true if it comes from a plugin */
  #report(kind: StrayErrorKind, thrown: unknown): boolean {
    if (this.strayErrors.pluginOf(thrown) === undefined) return false;
    this.strayErrors.report(kind, thrown);
    return true;
  }
}
