/** `panotti config schema`. */
import { jsonSchema } from '../config/index.js';
import { openReference } from './open-reference.js';
import type { CommonOptions } from './program-context.js';
import { writeResult, type OutOption } from './write-result.js';
import type { CommandCall } from './command-row.js';

export async function configSchema({ options, context }: CommandCall<CommonOptions & OutOption>): Promise<void> {
  const schema = jsonSchema(await openReference(options, context));
  await writeResult(`${JSON.stringify(schema, null, 2)}\n`, options, context);
}
