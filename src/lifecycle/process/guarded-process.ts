/**
 * The part of an application's process guard that works before the application exists. While plugins are imported, their code cannot end the
 * process; if it blocks the event loop for too long, the application's own function ends it.
 */
import { EXIT } from '../../common/index.js';
import { ImportWatch } from '../../host/index.js';
import { type EndingCall, WatchdogThread, watchEndingCalls } from '../../telemetry/index.js';

/** Details of `processGuard` of `PluginHostModule.forRoot`. */
export interface ProcessGuardOptions {
  /**
   * Must end the process at once, with this code: called when a plugin has blocked the event loop for longer than
   * `telemetry.watchdogMaxBlock`, or while it is imported for longer than that may take, on top of the code that blocks. Left out: the process
   * goes on, whatever `watchdogMaxBlock` says.
   */
  readonly end?: (code: number) => void;
}

export class GuardedProcess implements Disposable {
  readonly imports: ImportWatch;
  readonly #thread: WatchdogThread | undefined;
  readonly #calls = watchEndingCalls((call) => this.#endingCall(call));
  #isEnding = false;
  #listener: (call: EndingCall) => void = () => undefined;

  constructor(readonly options: ProcessGuardOptions) {
    const { end } = options;
    // For the imports alone: the application brings its own thread.
    this.#thread = end && new WatchdogThread();
    this.imports = new ImportWatch({
      thread: this.#thread,
      giveUp: (message) => void process.stderr.write(`${message}\n`),
      startAgain: () => {
        this.#isEnding = true;
        end?.(EXIT.unclean);
      },
    });
  }

  /** From here on the listener gets each call that would end the process. */
  onEndingCall(listener: (call: EndingCall) => void): void {
    this.#listener = listener;
  }

  async importsAreOver(): Promise<void> {
    await this.#thread?.stop();
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]();
  }

  #endingCall(call: EndingCall): void {
    if (this.#isEnding) return;
    this.imports.refuse(call);
    this.#listener(call);
  }
}
