/** `panotti config init`. */
import type { Command } from 'commander';
import { addSection, locateDirectories, sectionTemplate } from '../config/index.js';
import { ExitCode } from './exit-code.js';
import { chosenEnvironment } from './open-catalog.js';
import { openReference, pluginNamed } from './open-reference.js';
import type { CommonOptions, ProgramContext } from './program-context.js';

interface InitOptions extends CommonOptions {
  readonly write?: true;
}

const EXAMPLES = `
Examples:
  panotti config init noise-reduction            print the section
  panotti config init noise-reduction --write    add it to plugins.yaml, which stays as it is otherwise`;

export function addConfigInit(config: Command, context: ProgramContext): void {
  config
    .command('init')
    .description('Print the section of a plugin for plugins.yaml, with all its options at their defaults, as comments.')
    .argument('<plugin>', 'the name of the plugin')
    .option('--write', 'add it to plugins.yaml; refused where there is one')
    .addHelpText('after', EXAMPLES)
    .action(async (plugin: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<InitOptions>();
      const reference = await openReference(options, context);
      const section = sectionTemplate(reference, pluginNamed(plugin, reference, command));
      if (options.write) {
        const { configDirectory } = locateDirectories(chosenEnvironment(options, context.environment));
        context.terminal.err(`Added to ${await addSection(configDirectory, plugin, section)}\n`);
      } else context.terminal.out(section);
      context.finish(ExitCode.success);
    });
}
