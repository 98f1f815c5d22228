/** The group `panotti config`: what can be set, what is set, and files made from both. Each of its commands has a file of its own. */
import type { Command } from 'commander';
import { addConfigCheck } from './config-check.command.js';
import { addConfigDocs } from './config-docs.command.js';
import { addEncrypt } from './config-encrypt.command.js';
import { addConfigExplain } from './config-explain.command.js';
import { addConfigInit } from './config-init.command.js';
import { addNewKey } from './config-new-key.command.js';
import { addConfigSchema } from './config-schema.command.js';
import { addConfigShow } from './config-show.command.js';
import type { ProgramContext } from './program-context.js';

const EXAMPLES = `
Examples:
  panotti config check                           0, or 78 and all that is wrong in files, variables and plugins
  panotti config show example                    the values of a plugin, and where each was written
  panotti config explain http.port               what one option means, takes and is
  panotti config docs --out configuration.md     what can be set, in Markdown
  panotti config docs example                    the same of one plugin
  panotti config schema --out config/schema.json for editors that complete and check the two files
  panotti config init example --write            add the section of a plugin to plugins.yaml, with all its options
  panotti config new-key --out /etc/panotti/config.key
  export PANOTTI_CONFIG_KEY_FILE=/etc/panotti/config.key
  panotti config encrypt                         asks for a secret, and prints what to write in YAML
  panotti config encrypt < password.txt

Exit codes: 0 done, 64 wrong usage, 74 a file could not be written, 78 wrong configuration.`;

/** Adds the group to the program. Nothing in it starts a plugin. */
export function configCommand(program: Command, context: ProgramContext): Command {
  const config = program
    .command('config')
    .description('Show and check the configuration, and what it can hold.')
    .addHelpText('after', EXAMPLES);
  addConfigCheck(config, context);
  addConfigShow(config, context);
  addConfigExplain(config, context);
  addConfigDocs(config, context);
  addConfigSchema(config, context);
  addConfigInit(config, context);
  addEncrypt(config, context);
  addNewKey(config, context);
  return config;
}
