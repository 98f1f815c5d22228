/** `panotti config schema` and `panotti config docs`. */
import { jsonSchema, markdownReference, pluginReference } from '../../config/index.js';
import type { CommandCall } from '../command/command.js';
import type { CommonOptions } from '../command/surroundings.js';
import { writeResult, type OutOption } from '../command/write-result.js';
import { openReference, pluginNamed } from './open-reference.js';

export async function configSchema({ options, context }: CommandCall<CommonOptions & OutOption>): Promise<void> {
  const schema = jsonSchema(await openReference(options, context));
  await writeResult(`${JSON.stringify(schema, null, 2)}\n`, options, context);
}

export async function configDocs(
  call: CommandCall<CommonOptions & OutOption, readonly [plugin: string | undefined]>,
): Promise<void> {
  const { args, options, context, usage } = call;
  const [plugin] = args;
  const reference = await openReference(options, context);
  const text =
    plugin === undefined ? markdownReference(reference) : pluginReference(pluginNamed(plugin, reference, usage));
  await writeResult(text, options, context);
}
