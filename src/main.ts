/**
 * The entry of the server process: its arguments and the version of Node. It imports everything else after that version is known to be new
 * enough, so that an old one gets one clear line instead of a syntax error.
 */
import type { Strictness } from './server/index.js';

const OLDEST_NODE = [24, 15] as const;

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

// A diagnostic report, which Node may write when the process crashes, lists all variables otherwise, and secrets are among them.
if (process.report) process.report.excludeEnv = true;
const args = process.argv.slice(2);
if (isNodeTooOld())
  endWith(
    EXIT_CONFIGURATION,
    `Panotti needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
  );
if (args.includes('--help')) {
  process.stdout.write(HELP);
} else {
  const strictness = strictnessFrom(args);
  // From the first moment, and never taken away: a signal that has come and was not handled yet would be lost with its handler.
  const onSignal = { stop: (_signal: NodeJS.Signals): void => process.exit(0) };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, (name: NodeJS.Signals) => onSignal.stop(name));
  const { serve } = await import('./server/index.js');
  await serve(strictness, onSignal);
}
