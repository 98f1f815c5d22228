/** The life of the server process, from its first moment to its last: what is watched, what is started, what signals do, how it ends. */
import { Logger } from '@nestjs/common';
import type { NestApplicationContext } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createServer, listen } from '../app.module.js';
import { EXIT, SystemClock } from '../common/index.js';
import { forgetConfigurationKey, processEnvironment } from '../config/index.js';
import { type BlockedImport, ImportWatch, leftOutImports, startAgainWithout } from '../host/index.js';
import { LifecycleOptions, PluginHost, Shutdown } from '../lifecycle/index.js';
import { StoreStatus } from '../storage/index.js';
import {
  type BlockingCode,
  describeBlockingCode,
  StrayErrors,
  Watchdog,
  WatchdogThread,
  WayOut,
} from '../telemetry/index.js';
import { BootLog } from './boot-log.js';
import { HangUp } from './hang-up.js';
import { ProcessPolicy } from './process-policy.js';
import { exitCodeOf, report } from './report-failure.js';
import { freeSignalsWhileBlocked } from './free-signals.js';
import { reload, startServer } from './start-server.js';

export type Strictness = 'strict' | 'lenient';

/** After the time for the shutdown is over, the watchdog waits this long for the server to end by itself. */
const GRACE_MS = 500;

/** What SIGINT and SIGTERM do; the entry calls it from its handlers. */
export interface StopSignals {
  stop: (signal: NodeJS.Signals) => void;
}

/** Never rejects; ends the process. */
export async function serve(strictness: Strictness, stopSignals: StopSignals): Promise<void> {
  const thread = new WatchdogThread();
  const leftOut = leftOutImports();
  const environment = processEnvironment();
  forgetConfigurationKey();
  const log = await BootLog.open(environment);
  thread.writeAs(log.form);
  const wayOut = new WayOut({ thread, say: (message, plugin) => log.fatal(message, plugin) });
  const giveUp = (message: string, plugin: string): void =>
    log.fatal(`${message} The server starts again without it.`, plugin);
  const startAgain = (blocked: BlockedImport): void => {
    startAgainWithout([...leftOut, blocked], environment);
    wayOut.now(EXIT.unclean);
  };
  const imports = new ImportWatch({ thread, blockedBefore: leftOut, giveUp, startAgain });
  const policy = new ProcessPolicy({ wayOut, imports, log });
  // Nothing runs yet that would have to be stopped.
  stopSignals.stop = () => wayOut.end(EXIT.clean);
  try {
    await run({ strictness, thread, environment, log, wayOut, imports, policy, stopSignals });
  } catch (error) {
    report(error, thread.form);
    wayOut.end(exitCodeOf(error));
  }
}

interface Surroundings {
  readonly strictness: Strictness;
  readonly thread: WatchdogThread;
  readonly environment: ReturnType<typeof processEnvironment>;
  readonly log: BootLog;
  readonly wayOut: WayOut;
  readonly imports: ImportWatch;
  readonly policy: ProcessPolicy;
  readonly stopSignals: StopSignals;
}

async function run(surroundings: Surroundings): Promise<void> {
  const { strictness, thread, environment, wayOut, imports, policy, stopSignals } = surroundings;
  const hangUp = new HangUp();
  policy.listeners.on(process, 'SIGHUP', () => hangUp.received());
  const app = await createServer({ environment, watch: { imports, thread } });
  const shutdown = shutdownOf(app, surroundings);
  stopSignals.stop = (signal) => shutdown.signal(signal);
  hangUp.listen(() => (process.stdin.isTTY ? shutdown.signal('SIGHUP') : void reload(app)));
  const strayErrors = app.get(StrayErrors);
  policy.applicationIsThere(strayErrors, (reason) => void shutdown.begin(reason, EXIT.unclean));
  app.get(Watchdog).whenBlockedTooLong(() => wayOut.now(EXIT.unclean));
  watchStore(app, wayOut);
  try {
    await startServer(app, strictness, () => listen(app));
  } catch (error) {
    report(error, thread.form);
    await shutdown.begin('The server could not start', EXIT.configuration);
  }
}

function shutdownOf(app: NestFastifyApplication, { thread, wayOut, policy, log }: Surroundings): Shutdown {
  const { drainDelay, shutdownTimeout } = app.get(LifecycleOptions);
  const host = app.get(PluginHost);
  const logger = new Logger('Server');
  const tookTooLong = (blocking: BlockingCode | undefined): void => {
    const by = blocking ? `, blocked ${describeBlockingCode(blocking)}` : '';
    log.fatal(`The shutdown took longer than ${shutdownTimeout} s${by}; the process ends as it is.`, blocking?.plugin);
    wayOut.now(EXIT.unclean);
  };
  return new Shutdown({
    clock: new SystemClock(),
    drainDelayMs: drainDelay * 1000,
    timeoutMs: shutdownTimeout * 1000,
    announce: () => {
      // Where the watchdog is off, it watches over the end all the same.
      thread.start(() => undefined);
      thread.limitLife((drainDelay + shutdownTimeout) * 1000 + GRACE_MS, tookTooLong);
      freeSignalsWhileBlocked(policy.listeners, thread);
      host.announceShutdown();
    },
    // Its interface leaves out the parameter that its class has.
    close: (signal) => (app as unknown as NestApplicationContext).close(signal),
    uncleanStops: () => host.uncleanStops(),
    say: (message) => logger.log(message),
    exit: (code) => wayOut.end(code),
  });
}

/** Nothing can be stored any more, an orderly stop included: the process ends at once, and the next one goes on from what is on the disk. */
function watchStore(app: NestFastifyApplication, wayOut: WayOut): void {
  app.get(StoreStatus).onFailed(() => wayOut.end(EXIT.storeFailed));
}
