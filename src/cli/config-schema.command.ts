/** `panotti config schema`. */
import type { Command } from 'commander';
import { jsonSchema } from '../config/index.js';
import { openReference } from './open-reference.js';
import type { CommonOptions, ProgramContext } from './program-context.js';
import { writeResult, type OutOption } from './write-result.js';

const EXAMPLES = `
Examples:
  panotti config schema --out config/schema.json

The first line of a file tells editors with a YAML language server where it is:
  # yaml-language-server: $schema=./schema.json#/$defs/panotti      in panotti.yaml
  # yaml-language-server: $schema=./schema.json#/$defs/plugins      in plugins.yaml
  # yaml-language-server: $schema=../schema.json#/$defs/plugins.example      in plugins/example.yaml
VS Code takes !encrypted once its settings have "yaml.customTags": ["!encrypted scalar"].`;

export function addConfigSchema(config: Command, context: ProgramContext): void {
  config
    .command('schema')
    .description('Print the JSON Schema (2020-12) of panotti.yaml and plugins.yaml.')
    .option('--out <file>', 'write into this file instead')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & OutOption>();
      const schema = jsonSchema(await openReference(options, context));
      await writeResult(`${JSON.stringify(schema, null, 2)}\n`, options, context);
    });
}
