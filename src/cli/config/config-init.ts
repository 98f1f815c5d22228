/** `panotti config init`. */
import {
  addSection,
  type ConfigurationReference,
  type DescribedPlugin,
  jsonSchema,
  locateDirectories,
  makeOwnFile,
  sectionTemplate,
  writeEditorFiles,
} from '../../config/index.js';
import { ExitCode } from '../command/exit-code.js';
import { chosenEnvironment } from '../access/open-catalog.js';
import { openReference, pluginNamed } from './open-reference.js';
import type { CommonOptions, ProgramContext } from '../command/surroundings.js';
import type { CommandCall } from '../command/command.js';

interface InitOptions extends CommonOptions {
  readonly write?: true;
  readonly ownFile?: true;
  readonly editor?: true;
}

export async function configInit({
  args: [plugin],
  options,
  context,
  usage,
}: CommandCall<InitOptions, readonly [plugin: string | undefined]>): Promise<void> {
  if (plugin === undefined && (options.write || options.ownFile || !options.editor)) {
    usage('error: name a plugin, or give --editor alone.');
  }
  const reference = await openReference(options, context);
  const { configDirectory } = locateDirectories(chosenEnvironment(options, context.environment));
  if (plugin !== undefined)
    await initSection(pluginNamed(plugin, reference, usage), { reference, options, configDirectory, context });
  if (options.editor) {
    const { written, advice } = await writeEditorFiles(
      configDirectory,
      `${JSON.stringify(jsonSchema(reference), null, 2)}\n`,
    );
    context.terminal.err(
      written.length > 0 ? written.map((path) => `Written: ${path}\n`).join('') : 'Nothing had to change.\n',
    );
    if (advice !== undefined) context.terminal.err(`${advice}\n`);
  }
  context.finish(ExitCode.success);
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
