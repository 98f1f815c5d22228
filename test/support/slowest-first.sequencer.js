/**
 * Starts the slowest files first, so that none of them is left for the end, when the other workers have nothing more to do. Jest knows how long
 * files took only where it has run them before; this list is for a fresh clone.
 */
import Sequencer from '@jest/test-sequencer';

/** Seconds by the wall, roughly, in a run with two workers. All optional systems were there; files that are not here take less than 15. */
export const SECONDS = {
  'test/e2e/documentation.spec.ts': 120,
  'test/e2e/events-from-a-shell.spec.ts': 100,
  'test/fault/F-14-process-of-all.spec.ts': 95,
  'test/e2e/nest-packages/databases-and-the-rest.spec.ts': 90,
  'test/fault/F-03-random-kills.spec.ts': 90,
  'test/fault/F-08-blocked-event-loop.spec.ts': 85,
  'test/security/S-07-encrypted-store.spec.ts': 85,
  'test/security/S-09-prototype-pollution.spec.ts': 75,
  'test/fault/F-02-kill-at-every-system-call.spec.ts': 70,
  'test/security/S-04-secrets-canary.spec.ts': 70,
  'test/e2e/embedded-process-guard.spec.ts': 65,
  'test/fault/F-01-kill-at-each-step.spec.ts': 65,
  'test/fault/F-09-imports.spec.ts': 65,
  'test/fault/F-21-stray-errors.spec.ts': 60,
  'test/e2e/behind-nginx.spec.ts': 35,
  'test/e2e/server.spec.ts': 35,
  'test/fault/F-14-signals.spec.ts': 35,
  'test/fault/F-18-poison-event.spec.ts': 35,
  'test/fault/F-23-formats-of-the-store.spec.ts': 35,
  'test/fault/F-15-durable-clock-jumps.spec.ts': 30,
  'test/e2e/data-directory.spec.ts': 25,
  'test/e2e/recordings.spec.ts': 25,
  'test/fault/F-22-restarts.spec.ts': 25,
  'test/integration/host/panotti-command.spec.ts': 25,
  'test/security/S-35-every-body.spec.ts': 25,
  'test/e2e/recordings-crash.spec.ts': 20,
  'test/fault/F-04-full-disk.spec.ts': 20,
  'test/integration/host/plugin-folders.spec.ts': 20,
  'test/e2e/embedded-shutdown.spec.ts': 15,
  'test/e2e/nest-packages/global-modules.spec.ts': 15,
  'test/e2e/slow-clients.spec.ts': 15,
  'test/e2e/upload-memory.spec.ts': 15,
  'test/fault/F-15-clock-jumps.spec.ts': 15,
  'test/fault/F-27-lifecycle-model.spec.ts': 15,
};

export default class SlowestFirst extends Sequencer {
  /** What failed last time comes first, as with Jest's own order. */
  sort(tests) {
    const inJestsOrder = [...super.sort(tests)];
    return inJestsOrder.toSorted(
      (a, b) => Number(this.hasFailed(b)) - Number(this.hasFailed(a)) || secondsOf(b) - secondsOf(a),
    );
  }
}

/** Files that are not in the list keep Jest's order behind it. */
function secondsOf({ path, context }) {
  const name = path.slice(context.config.rootDir.length + 1).replaceAll('\\', '/');
  return SECONDS[name] ?? 0;
}
