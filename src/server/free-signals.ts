/** Lets a second signal end a server whose shutdown hangs in code that never comes back to the event loop. */
import type { KeptListeners, WatchdogThread } from '../telemetry/index.js';

/** Sooner, the same signal counts as the same key press. */
const FREE_AFTER_MS = 200;

/**
 * From now on, while the event loop is blocked, SIGINT and SIGTERM have their default effect, which needs no event loop. Only for the shutdown:
 * a signal that has come before that and was not handled yet is lost.
 */
export function freeSignalsWhileBlocked(listeners: KeptListeners, thread: WatchdogThread): void {
  let free: Disposable[] = [];
  thread.listen({
    blocked: () => {
      if (free.length === 0) free = ['SIGINT', 'SIGTERM'].map((signal) => listeners.suspend(process, signal));
    },
    turned: () => {
      for (const one of free) one[Symbol.dispose]();
      free = [];
    },
  });
  thread.look(FREE_AFTER_MS);
}
