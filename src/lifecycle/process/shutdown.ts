/**
 * The sequence that ends a server process. It knows neither `process` nor Nest: the room `server` passes in what it needs and exits with the
 * code.
 */
import { type Clock, EXIT, type ExitCode } from '../../common/index.js';

/**
 * npm and `nest start` forward a signal that the terminal has already sent to the server: the same signal within this time comes from the same
 * key press.
 */
const SAME_KEY_PRESS_MS = 200;

export interface ShutdownDetails {
  readonly clock: Clock;
  /** How long to go on serving after readiness is off, in milliseconds. */
  readonly drainDelayMs: number;
  readonly timeoutMs: number;
  /** Turns readiness off. */
  readonly announce: () => void;
  /** Closes the application, and passes the signal to its hooks. */
  readonly close: (signal: string | undefined) => Promise<void>;
  /** Names of plugins that did not stop cleanly. */
  readonly uncleanStops: () => readonly string[];
  /** Writes to the log what happens. */
  readonly say: (message: string) => void;
  readonly exit: (code: ExitCode) => void;
}

export class Shutdown {
  #begun: { readonly signal: string; readonly atMs: number } | undefined;
  #code: ExitCode = EXIT.clean;

  constructor(private readonly details: ShutdownDetails) {}

  /** The first signal begins the shutdown, a second one ends the process at once. */
  signal(signal: string): void {
    const nowMs = this.details.clock.monotonicMs();
    if (!this.#begun) {
      void this.#begin(signal, signal);
    } else if (signal !== this.#begun.signal || nowMs - this.#begun.atMs > SAME_KEY_PRESS_MS) {
      this.details.say(`${signal} again: the process ends now, without waiting for plugins.`);
      this.details.exit(EXIT.forced);
    }
  }

  /**
   * Begins the shutdown without a signal. One that is under way goes on, but no longer counts as clean.
   *
   * @param code the exit code if everything goes well; the first that is not clean stays
   */
  begin(reason: string, code: ExitCode): Promise<void> {
    if (this.#code === EXIT.clean) this.#code = code;
    return this.#begin(reason, undefined);
  }

  async #begin(reason: string, signal: string | undefined): Promise<void> {
    if (this.#begun) return;
    const { clock, announce, say, drainDelayMs, timeoutMs, exit } = this.details;
    this.#begun = { signal: reason, atMs: clock.monotonicMs() };
    say(`${reason}: stopping. Work under way may finish; the same signal again ends the process at once.`);
    announce();
    clock.after(drainDelayMs + timeoutMs, () => {
      say(`The shutdown took longer than ${timeoutMs / 1000} s; the process ends as it is.`);
      exit(EXIT.unclean);
    });
    await clock.sleep(drainDelayMs);
    exit(await this.#close(signal));
  }

  async #close(signal: string | undefined): Promise<ExitCode> {
    const { close, say, uncleanStops } = this.details;
    try {
      await close(signal);
    } catch (error) {
      say(`The application did not close cleanly: ${String(error)}`);
      return EXIT.unclean;
    }
    const unclean = uncleanStops();
    if (unclean.length === 0) {
      say('Stopped.');
      return this.#code;
    }
    say(`Stopped, but not cleanly: ${unclean.join(', ')}.`);
    return EXIT.unclean;
  }
}
