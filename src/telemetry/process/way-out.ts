/**
 * The way out of the process, which remembers that it was taken: an end by any other way is the doing of somebody else. Whatever plugins have
 * put on the way, listeners of `exit` that loop or throw, another exit code, other methods of `process`, the process ends with the given code.
 */
import inspector from 'node:inspector';
import { EXIT } from '../../common/index.js';
import { silenceStandardError } from '../log/standard-error.js';
import { flushStandardOutput } from '../log/standard-output.js';
import { type BlockingCode, describeBlockingCode } from '../watchdog/blocking-code.js';
import type { WatchdogThread } from '../watchdog/watchdog-thread.js';

/** How long listeners of `exit` may run. */
const EXIT_LISTENERS_MS = 500;

/** What Node itself does at the end of a process, in milliseconds. */
const NODE_END_MS = 5_000;

/** Node has `reallyExit` without declaring it; as it was before any plugin was there. */
const { exit, reallyExit } = process as typeof process & { readonly reallyExit: (code: number) => never };

export interface WayOutDetails {
  readonly thread: WatchdogThread;
  /** Writes a fatal line. */
  readonly say: (message: string, plugin: string | undefined) => void;
}

export class WayOut {
  #code: number | undefined;

  constructor(private readonly details: WayOutDetails) {}

  get isTaken(): boolean {
    return this.#code !== undefined;
  }

  /** The code that the process ends with, once that is decided. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Ends the process after the listeners of `exit`, for which there is half a second. */
  end(code: number): never {
    if (this.isTaken) this.now(this.#code ?? code);
    this.#code = code;
    const { thread, say } = this.details;
    // Where the watchdog is off, it watches over the end all the same.
    thread.start(() => undefined);
    thread.limitLife(EXIT_LISTENERS_MS, (blocking) => {
      say(
        `The process ends without its remaining exit listeners, which took longer than ${EXIT_LISTENERS_MS / 1_000} s${at(blocking)}.`,
        blocking?.plugin,
      );
      this.now(code === 0 ? EXIT.unclean : code);
    });
    // Listeners may change `process.exitCode`, or call `process.exit` themselves: all of that ends here.
    Object.assign(process, { reallyExit: () => this.now(code) });
    try {
      return exit.call(process, code);
    } finally {
      this.now(code);
    }
  }

  /** Ends the process without listeners of `exit`: what runs on top of code that does not end cannot wait for more of it. */
  now(code: number): never {
    this.#code = code;
    flushStandardOutput();
    // No code of a plugin runs any more. Node may have much to write, such as its compile cache, on a slow disk.
    this.details.thread.limitLife(NODE_END_MS, () => undefined);
    // Node writes that it waits for a debugger where a session is open, in a form that no log has; to one that is attached it is true.
    if (this.details.thread.endSessions() && inspector.url() === undefined) silenceStandardError();
    return reallyExit.call(process, code);
  }

  /** For calls that end the process while it ends already. */
  keepCode(): void {
    if (this.#code !== undefined) this.now(this.#code);
  }
}

function at(blocking: BlockingCode | undefined): string {
  return blocking ? `, ${describeBlockingCode(blocking)}` : '';
}
