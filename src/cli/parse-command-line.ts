/** The commands and options of `panotti`, their help and their usage errors. Imports nothing that carries commands out. */
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { addGroup, type ParsedCommand } from './command/command.js';
import { CONFIG_COMMANDS } from './config/config.commands.js';
import { DEAD_LETTER_COMMANDS } from './dead-letters/dead-letters.commands.js';
import { EVENT_COMMANDS } from './events/events.commands.js';
import { SUBSCRIPTION_COMMANDS } from './subscriptions/subscriptions.commands.js';
import { ExitCode } from './command/exit-code.js';
import { EXAMPLES, PLUGIN_COMMANDS } from './plugins/plugins.commands.js';
import { STORE_COMMANDS } from './store/store.commands.js';
import type { Terminal } from './command/surroundings.js';

const GROUPS = [
  PLUGIN_COMMANDS,
  CONFIG_COMMANDS,
  EVENT_COMMANDS,
  DEAD_LETTER_COMMANDS,
  SUBSCRIPTION_COMMANDS,
  STORE_COMMANDS,
];

/**
 * @param args without the name of the program
 * @returns the command to carry out, or the exit code if parsing has done everything
 */
export function parseCommandLine(
  args: readonly string[],
  terminal: Pick<Terminal, 'out' | 'err'>,
): ParsedCommand | ExitCode {
  let parsed: ParsedCommand | undefined;
  const program = programOf(terminal);
  for (const group of GROUPS) addGroup(program, group, (called) => (parsed = called));
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.success : ExitCode.usage;
    throw error;
  }
  return parsed ?? ExitCode.success;
}

/** Throws a `CommanderError` instead of ending the process. */
function programOf({ out, err }: Pick<Terminal, 'out' | 'err'>): Command {
  const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };
  return new Command('panotti')
    .description(
      'Shows the plugins and the configuration of a Panotti server without starting a plugin, and manages its store and its events.',
    )
    .version(version, '-V, --version', 'print the version of Panotti')
    .addOption(
      new Option(
        '--config-dir <directory>',
        'folder of panotti.yaml and plugins.yaml (default: PANOTTI_CONFIG_DIR or ./config)',
      ),
    )
    .addOption(
      new Option('--data-dir <directory>', 'folder of what plugins store (default: PANOTTI_DATA_DIR or ./data)'),
    )
    .configureOutput({ writeOut: out, writeErr: err })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what it takes.')
    .addHelpText('after', EXAMPLES);
}
