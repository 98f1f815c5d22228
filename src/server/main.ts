/** The arguments of the server process: what it writes and ends with where they ask for help or are not understood. */
import { EXIT, type ExitCode } from '../common/index.js';
import type { StopSignals, Strictness } from './serve.js';

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

/** Runs the server until its process ends. Help and refusals load nothing of it. */
export async function main(args: readonly string[], stopSignals: StopSignals): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const unknown = args.find((arg) => arg !== '--strict');
  if (unknown !== undefined) endWith(EXIT.usage, `The server does not know "${unknown}".\n\n${HELP}`);
  const strictness: Strictness = args.length > 0 ? 'strict' : 'lenient';
  const { serve } = await import('./serve.js');
  await serve(strictness, stopSignals);
}

function endWith(code: ExitCode, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
