/** The commands and options of `panotti`, their help and their usage errors. */
import { Command, Option } from 'commander';
import type { PluginCatalog } from '../host/index.js';
import { configCommand } from './config.command.js';
import { deadLettersCommand } from './events/dead-letters.command.js';
import { eventsCommand } from './events/events.command.js';
import { subscriptionsCommand } from './events/subscriptions.command.js';
import { GRAPH_FORMATS, showGraph, type GraphFormat } from './plugins-graph.command.js';
import { listPlugins } from './plugins-list.command.js';
import { openCatalog, openConfiguration, type DirectoryOptions } from './open-catalog.js';
import { repairConfiguredStore } from './store-repair.command.js';
import type { CommonOptions, ProgramContext } from './program-context.js';
import { reportProblems } from './report-problems.js';

const EXAMPLES = `
Examples:
  panotti plugins list                           which plugins there are, and what keeps one from starting
  panotti plugins list --json | jq '.plugins[].name'
  panotti plugins graph                          which plugin needs which
  panotti plugins graph --format mermaid > plugins.mmd
  panotti plugins list --strict                  in a pipeline: exit code 78 where anything is wrong
  panotti config docs                            what can be set, in Markdown
  panotti events list --since 2h                 what was stored lately, and for whom it still waits
  panotti dead-letters list                      what was given up, and why

Exit codes: 0 done, 64 wrong usage, 70 unexpected, 74 output or store failed,
75 store in use, 78 wrong configuration.`;

/** The parser; it throws a `CommanderError` instead of ending the process. */
export function buildProgram(context: ProgramContext): Command {
  const program = new Command('panotti')
    .description(
      'Looks at the plugins and the configuration of a Panotti server without starting any plugin, and after its store and its events.',
    )
    .version(context.version, '-V, --version', 'print the version of Panotti')
    .addOption(
      new Option(
        '--config-dir <directory>',
        'folder of panotti.yaml and plugins.yaml (default: PANOTTI_CONFIG_DIR or ./config)',
      ),
    )
    .addOption(
      new Option('--data-dir <directory>', 'folder of what plugins store (default: PANOTTI_DATA_DIR or ./data)'),
    )
    .configureOutput({ writeOut: context.terminal.out, writeErr: context.terminal.err })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError('Run it with --help for what it takes.')
    .addHelpText('after', EXAMPLES);
  const plugins = program
    .command('plugins')
    .description('Show the plugins that the configuration names.')
    .addHelpText('after', EXAMPLES);
  addList(plugins, context);
  addGraph(plugins, context);
  configCommand(program, context);
  eventsCommand(program, context);
  deadLettersCommand(program, context);
  subscriptionsCommand(program, context);
  addStore(program, context);
  return program;
}

function addList(plugins: Command, context: ProgramContext): void {
  plugins
    .command('list')
    .description('List every plugin with its version, its state, where it comes from and what it is for.')
    .option('--json', 'print JSON')
    .option('--strict', 'exit with 78 when a plugin has a problem')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { json?: true }>();
      return inspect(context, options, (catalog) => listPlugins(catalog, options.json ? 'json' : 'table'));
    });
}

function addGraph(plugins: Command, context: ProgramContext): void {
  plugins
    .command('graph')
    .description('Show which plugin depends on which.')
    .addOption(new Option('--format <format>', 'how to print it').choices(GRAPH_FORMATS).default('text'))
    .option('--strict', 'exit with 78 when a plugin has a problem')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { format: GraphFormat }>();
      return inspect(context, options, (catalog) => showGraph(catalog, options.format));
    });
}

function addStore(program: Command, context: ProgramContext): void {
  program
    .command('store')
    .description('Look after the store of events and states.')
    .command('repair')
    .description(
      'Build a damaged store anew from what can be read of it. The old files are kept. The server must not run.',
    )
    .action(async (_options: unknown, command: Command) => {
      const configuration = await openConfiguration(command.optsWithGlobals<DirectoryOptions>(), context);
      context.terminal.out(`${await repairConfiguredStore(configuration)}\n`);
    });
}

async function inspect(
  context: ProgramContext,
  options: CommonOptions,
  render: (catalog: PluginCatalog) => string,
): Promise<void> {
  using catalog = await openCatalog(options, context);
  context.terminal.out(`${render(catalog)}\n`);
  context.finish(reportProblems(catalog, context.terminal, options.strict ? 'strict' : 'lenient'));
}
