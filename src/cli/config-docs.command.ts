/** `panotti config docs`. */
import type { Command } from 'commander';
import { markdownReference, pluginReference } from '../config/index.js';
import { openReference, pluginNamed } from './open-reference.js';
import type { CommonOptions, ProgramContext } from './program-context.js';
import { writeResult, type OutOption } from './write-result.js';

const EXAMPLES = `
Examples:
  panotti config docs                            server and plugins, as Markdown
  panotti config docs noise-reduction            one plugin
  panotti config docs --out docs/configuration.md`;

export function addConfigDocs(config: Command, context: ProgramContext): void {
  config
    .command('docs')
    .description('Print what can be set: every key with its type, limits, default and description.')
    .argument('[plugin]', 'one plugin only')
    .option('--out <file>', 'write into this file instead')
    .addHelpText('after', EXAMPLES)
    .action(async (plugin: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & OutOption>();
      const reference = await openReference(options, context);
      const text =
        plugin === undefined ? markdownReference(reference) : pluginReference(pluginNamed(plugin, reference, command));
      await writeResult(text, options, context);
    });
}
