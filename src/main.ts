/**
 * The server process: arguments, signals and exit codes; the only file that may end the process. It imports everything else after the
 * version of Node is known to be new enough, so that an old one gets one clear line instead of a syntax error.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Shutdown } from './lifecycle/index.js';

const OLDEST_NODE = [24, 9] as const;

const EXIT_USAGE = 64;
const EXIT_CONFIGURATION = 78;

const HELP = `Usage: npm start [-- --strict]

Starts the server with the plugins that its configuration names.

  --strict   end with exit code 78 when anything is wrong with a plugin, or when a required one does not become ready
  --help     show this text

Environment:
  PORT                 the port to listen on (http.port in panotti.yaml, default 3000)
  PANOTTI_CONFIG_DIR   the folder of panotti.yaml and plugins.yaml (default: config)
  PANOTTI_DATA_DIR     where plugins keep their data (default: data)
  PANOTTI_CONFIG_KEY, PANOTTI_CONFIG_KEY_FILE
                       the key of !encrypted values, or the file that holds it
  PANOTTI_PROFILE      profiles whose files go over the others: production, or production,eu
  PANOTTI__…           any option: PANOTTI__HTTP__PORT, PANOTTI__PLUGINS__EXAMPLE__SETTINGS__MAX_NOTES
`;

type Strictness = 'strict' | 'lenient';

/** The way out of the process, which remembers that it was taken: an end by any other way is somebody else's. */
class WayOut {
  #isTaken = false;

  get isTaken(): boolean {
    return this.#isTaken;
  }

  end(code: number): never {
    this.#isTaken = true;
    process.exit(code);
  }
}

/** SIGHUP asks for new configuration. One that comes before there is anybody to ask is remembered: the files may have been read already. */
class HangUp {
  #isPending = false;
  #act: (() => void) | undefined;

  received(): void {
    if (this.#act) this.#act();
    else this.#isPending = true;
  }

  listen(act: () => void): void {
    this.#act = act;
    if (this.#isPending) act();
  }
}

function isNodeTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

function endWith(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

function strictnessFrom(args: readonly string[]): Strictness {
  const unknown = args.find((arg) => arg !== '--strict');
  if (unknown !== undefined) endWith(EXIT_USAGE, `The server does not know "${unknown}".\n\n${HELP}`);
  return args.length > 0 ? 'strict' : 'lenient';
}

async function serve(strictness: Strictness, wayOut: WayOut): Promise<void> {
  // Nothing runs yet that would have to be stopped.
  const leave = (): never => wayOut.end(0);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, leave);
  const hangUp = new HangUp();
  process.on('SIGHUP', () => hangUp.received());
  const { createServer, listen } = await import('./app.module.js');
  const app = await createServer();
  const shutdown = await shutdownOf(app, wayOut);
  for (const signal of signals) {
    process.off(signal, leave);
    process.on(signal, () => shutdown.signal(signal));
  }
  hangUp.listen(() => (process.stdin.isTTY ? shutdown.signal('SIGHUP') : reload(app)));
  await watchStrayErrors(app, shutdown, wayOut);
  await watchStore(app, wayOut);
  try {
    await run(app, strictness, () => listen(app));
  } catch (error) {
    await report(error);
    await shutdown.begin('The server could not start', EXIT_CONFIGURATION);
  }
}

async function reload(app: NestFastifyApplication): Promise<void> {
  const { PluginHost } = await import('./lifecycle/index.js');
  await app.get(PluginHost).reloadAndReport();
}

async function run(app: NestFastifyApplication, strictness: Strictness, listen: () => Promise<string>): Promise<void> {
  const { Logger } = await import('@nestjs/common');
  const { PluginCatalogError, PluginCatalog } = await import('./host/index.js');
  const { PluginHost, RequiredPluginsDownError } = await import('./lifecycle/index.js');
  const logger = new Logger('Server');
  const host = app.get(PluginHost);
  const problems = app.get(PluginCatalog).problems;
  if (problems.length > 0 && strictness === 'strict')
    throw new PluginCatalogError(problems, 'Correct the problems above, or start without --strict to go on without these plugins.');
  if (problems.length > 0) logger.warn(host.report());
  logger.log(`Listening on ${await listen()}`);
  await host.startAll();
  const plugins = host.plugins();
  logger.log(`${plugins.filter(({ isUp }) => isUp).length} of ${plugins.length} plugins are ready.`);
  const down = plugins.filter(({ isRequired, isUp }) => isRequired && !isUp);
  if (down.length > 0 && strictness === 'strict' && !host.isDraining) throw new RequiredPluginsDownError(down);
}

async function shutdownOf(app: NestFastifyApplication, wayOut: WayOut): Promise<Shutdown> {
  const { Logger } = await import('@nestjs/common');
  const { SystemClock } = await import('./common/index.js');
  const { LifecycleOptions, PluginHost, Shutdown } = await import('./lifecycle/index.js');
  const { drainDelay, shutdownTimeout } = app.get(LifecycleOptions);
  const host = app.get(PluginHost);
  const logger = new Logger('Server');
  return new Shutdown({
    clock: new SystemClock(),
    drainDelayMs: drainDelay * 1000,
    timeoutMs: shutdownTimeout * 1000,
    announce: () => host.announceShutdown(),
    close: () => app.close(),
    uncleanStops: () => host.uncleanStops(),
    say: (message) => logger.log(message),
    exit: (code) => wayOut.end(code),
  });
}

/**
 * Each stray error is logged and counted for its plugin. After a rejection the server goes on; after an uncaught exception nothing is
 * certain any more, and the server stops in order. Whoever calls `process.exit` cannot be stopped, but is named; so is who changes the
 * working directory, which is refused, and who leaks listeners.
 */
async function watchStrayErrors(app: NestFastifyApplication, shutdown: Shutdown, wayOut: WayOut): Promise<void> {
  const { EXIT } = await import('./lifecycle/index.js');
  const { activeContextStorage, keepWorkingDirectory, StrayErrors, Watchdog } = await import('./telemetry/index.js');
  const strayErrors = app.get(StrayErrors);
  process.on('unhandledRejection', (reason) => strayErrors.report('unhandled-rejection', reason));
  process.on('uncaughtException', (error) => {
    const plugin = strayErrors.report('uncaught-exception', error);
    const reason = `Uncaught exception${plugin === undefined ? '' : ` in plugin "${plugin}"`}`;
    // What follows is the server's doing, not the plugin's.
    activeContextStorage.exit(() => void shutdown.begin(reason, EXIT.unclean));
  });
  process.on('exit', (code) => {
    if (wayOut.isTaken) return;
    process.exitCode = EXIT.unclean;
    strayErrors.report('process-exit', new Error(`The process was ended with code ${code}`));
  });
  process.on('warning', (warning) => {
    if (warning.name === 'MaxListenersExceededWarning') strayErrors.report('listener-leak', warning);
  });
  keepWorkingDirectory(strayErrors);
  app.get(Watchdog).whenBlockedTooLong(() => wayOut.end(EXIT.unclean));
  // The reader of a pipe may go away first; that is no reason to die.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Nothing can be stored any more, an orderly stop included: the process ends at once, and the next one goes on from what is on the disk. */
async function watchStore(app: NestFastifyApplication, wayOut: WayOut): Promise<void> {
  const { EXIT } = await import('./lifecycle/index.js');
  const { StoreStatus } = await import('./storage/index.js');
  app.get(StoreStatus).onFailed(() => wayOut.end(EXIT.storeFailed));
}

async function exitCodeOf(error: unknown): Promise<number> {
  const { EXIT } = await import('./lifecycle/index.js');
  const { DataDirectoryError, DataDirectoryNotWritableError } = await import('./config/index.js');
  const { StoreDamagedError, StoreFailedError, StoreFullError, StoreLockedError } = await import('./storage/index.js');
  if (error instanceof StoreLockedError) return EXIT.storeLocked;
  const storeErrors = [StoreDamagedError, StoreFailedError, StoreFullError, DataDirectoryNotWritableError, DataDirectoryError];
  return storeErrors.some((type) => error instanceof type) ? EXIT.storeFailed : EXIT_CONFIGURATION;
}

/** An error of ours says what to do; of any other the stack is the best that there is. */
async function report(error: unknown): Promise<void> {
  const { PanottiError, toError } = await import('./common/index.js');
  const { ConfigurationError, renderConfigurationError } = await import('./config/index.js');
  // A person sees the lines; a log has one problem a line.
  if (error instanceof ConfigurationError && process.stderr.isTTY) {
    process.stderr.write(`${renderConfigurationError(error)}\n`);
    return;
  }
  const { stack, message } = toError(error);
  process.stderr.write(`${error instanceof PanottiError ? `${error.code}: ${message}` : (stack ?? message)}\n`);
}

// A diagnostic report, which Node may write when the process crashes, lists all variables otherwise, and secrets are among them.
if (process.report) process.report.excludeEnv = true;
const args = process.argv.slice(2);
if (isNodeTooOld()) endWith(EXIT_CONFIGURATION, `Panotti needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
if (args.includes('--help')) {
  process.stdout.write(HELP);
} else {
  const wayOut = new WayOut();
  await serve(strictnessFrom(args), wayOut).catch(async (error: unknown) => {
    await report(error);
    wayOut.end(await exitCodeOf(error));
  });
}
