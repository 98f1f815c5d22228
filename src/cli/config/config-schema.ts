/** `panotti config schema`. */
import { jsonSchema } from '../../config/index.js';
import { openReference } from './open-reference.js';
import type { CommonOptions } from '../command/surroundings.js';
import { writeResult, type OutOption } from '../command/write-result.js';
import type { CommandCall } from '../command/command.js';

export async function configSchema({ options, context }: CommandCall<CommonOptions & OutOption>): Promise<void> {
  const schema = jsonSchema(await openReference(options, context));
  await writeResult(`${JSON.stringify(schema, null, 2)}\n`, options, context);
}
