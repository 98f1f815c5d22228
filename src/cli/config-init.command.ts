/** `panotti config init`. */
import { type Command, Option } from 'commander';
import {
  addSection,
  type ConfigurationReference,
  type DescribedPlugin,
  jsonSchema,
  locateDirectories,
  makeOwnFile,
  sectionTemplate,
  writeEditorFiles,
} from '../config/index.js';
import { ExitCode } from './exit-code.js';
import { chosenEnvironment } from './open-catalog.js';
import { openReference, pluginNamed } from './open-reference.js';
import type { CommonOptions, ProgramContext } from './program-context.js';

interface InitOptions extends CommonOptions {
  readonly write?: true;
  readonly ownFile?: true;
  readonly editor?: true;
}

const EXAMPLES = `
Examples:
  panotti config init noise-reduction               print the section
  panotti config init noise-reduction --write       add it to plugins.yaml, which stays as it is otherwise
  panotti config init noise-reduction --own-file    make plugins/noise-reduction.yaml of it
  panotti config init --editor                      let editors know the files: schema.json, the line in each file that
                                                    names it, and !encrypted in .vscode/settings.json`;

export function addConfigInit(config: Command, context: ProgramContext): void {
  config
    .command('init')
    .description('Print the section of a plugin for plugins.yaml, with all its options at their defaults, as comments.')
    .argument('[plugin]', 'the name of the plugin')
    .addOption(new Option('--write', 'add it to plugins.yaml; refused where there is one').conflicts('ownFile'))
    .option('--own-file', 'make plugins/<plugin>.yaml of it; refused where there is one')
    .option('--editor', 'write what editors read, also without a plugin; may be repeated when plugins come or change')
    .addHelpText('after', EXAMPLES)
    .action(async (plugin: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<InitOptions>();
      if (plugin === undefined && (options.write || options.ownFile || !options.editor)) {
        command.error('error: name a plugin, or give --editor alone.');
      }
      const reference = await openReference(options, context);
      const { configDirectory } = locateDirectories(chosenEnvironment(options, context.environment));
      if (plugin !== undefined)
        await initSection(pluginNamed(plugin, reference, command), { reference, options, configDirectory, context });
      if (options.editor) {
        const { written, advice } = await writeEditorFiles(
          configDirectory,
          `${JSON.stringify(jsonSchema(reference), null, 2)}\n`,
        );
        context.terminal.err(
          written.length > 0 ? written.map((path) => `Written: ${path}\n`).join('') : 'Nothing had to be changed.\n',
        );
        if (advice !== undefined) context.terminal.err(`${advice}\n`);
      }
      context.finish(ExitCode.success);
    });
}

interface Initialisation {
  readonly reference: ConfigurationReference;
  readonly options: InitOptions;
  readonly configDirectory: string;
  readonly context: ProgramContext;
}

async function initSection(
  plugin: DescribedPlugin,
  { reference, options, configDirectory, context }: Initialisation,
): Promise<void> {
  const section = sectionTemplate(reference, plugin);
  const { terminal } = context;
  if (options.write) terminal.err(`Added to ${await addSection(configDirectory, plugin.name, section)}\n`);
  else if (options.ownFile) terminal.err(`Written: ${await makeOwnFile(configDirectory, plugin.name, section)}\n`);
  else terminal.out(section);
}
