/** The group `panotti config`: what can be asked of, and done for, the configuration. */
import type { Command } from 'commander';
import type { ProgramContext } from './program-context.js';
import { addEncrypt } from './config-encrypt.command.js';
import { addNewKey } from './config-new-key.command.js';

const EXAMPLES = `
Examples:
  panotti config new-key --out /etc/panotti/config.key
  export PANOTTI_CONFIG_KEY_FILE=/etc/panotti/config.key
  panotti config encrypt                         asks for a secret, and prints what to write in YAML
  panotti config encrypt < password.txt`;

export function configCommand(program: Command, context: ProgramContext): Command {
  const config = program.command('config').description('Work with the configuration.').addHelpText('after', EXAMPLES);
  addEncrypt(config, context);
  addNewKey(config, context);
  return config;
}
