/** `panotti config docs`. */
import { markdownReference, pluginReference } from '../../config/index.js';
import { openReference, pluginNamed } from './open-reference.js';
import type { CommonOptions } from '../command/surroundings.js';
import { writeResult, type OutOption } from '../command/write-result.js';
import type { CommandCall } from '../command/command.js';

export async function configDocs({
  args: [plugin],
  options,
  context,
  usage,
}: CommandCall<CommonOptions & OutOption, readonly [plugin: string | undefined]>): Promise<void> {
  const reference = await openReference(options, context);
  const text =
    plugin === undefined ? markdownReference(reference) : pluginReference(pluginNamed(plugin, reference, usage));
  await writeResult(text, options, context);
}
