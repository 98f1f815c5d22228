/** The group `panotti config`: what can be set, what is set, and files made from both. It starts no plugin. */
import { Option } from 'commander';
import type { CommandGroup } from '../command/command.js';

export const CONFIG_COMMANDS: CommandGroup = {
  name: 'config',
  text: 'Show and check the configuration, and what it can hold.',
  help: `
Examples:
  panotti config check                           exit code 0, or 78 and every problem in files, variables and plugins
  panotti config show example                    the values of a plugin, and where each was written
  panotti config explain http.port               one option: meaning, limits, value
  panotti config docs --out configuration.md     what can be set, in Markdown
  panotti config docs example                    the same of one plugin
  panotti config schema --out config/schema.json for editors that complete and check the two files
  panotti config init example --write            add the section of a plugin to plugins.yaml, with all its options
  panotti config new-key --out /etc/panotti/config.key
  export PANOTTI_CONFIG_KEY_FILE=/etc/panotti/config.key
  panotti config encrypt                         asks for a secret, and prints what to write in YAML
  panotti config encrypt < password.txt

Exit codes: 0 done, 64 wrong usage, 74 a file could not be written, 78 wrong configuration.`,
  commands: [
    {
      name: 'init',
      text: 'Print the section of a plugin for plugins.yaml, with all its options at their defaults, as comments.',
      help: `
Examples:
  panotti config init noise-reduction               print the section
  panotti config init noise-reduction --write       add it to plugins.yaml and change nothing else there
  panotti config init noise-reduction --own-file    write it to plugins/noise-reduction.yaml
  panotti config init --editor                      teach editors the files: write schema.json, the line in each file
                                                    that names it, and !encrypted in .vscode/settings.json`,
      arguments: [['[plugin]', 'the name of the plugin']],
      options: [
        new Option('--write', 'add it to plugins.yaml; refused if it has the section already').conflicts('ownFile'),
        ['--own-file', 'write it to plugins/<plugin>.yaml; refused if that file exists'],
        ['--editor', 'write the files that editors read; repeat it after plugins were added or changed'],
      ],
      load: async () => (await import('./config-init.js')).configInit,
    },
    {
      name: 'schema',
      text: 'Print the JSON Schema (2020-12) of panotti.yaml and plugins.yaml.',
      help: `
Examples:
  panotti config schema --out config/schema.json

The first line of a file tells editors with a YAML language server where it is:
  # yaml-language-server: $schema=./schema.json#/$defs/panotti      in panotti.yaml
  # yaml-language-server: $schema=./schema.json#/$defs/plugins      in plugins.yaml
  # yaml-language-server: $schema=../schema.json#/$defs/plugins.example      in plugins/example.yaml
VS Code takes !encrypted once its settings have "yaml.customTags": ["!encrypted scalar"].`,
      options: [['--out <file>', 'write into this file instead']],
      load: async () => (await import('./config-reference.js')).configSchema,
    },
    {
      name: 'show',
      text: 'Show which values are in effect and where each was written. Secrets are not shown.',
      help: `
Examples:
  panotti config show                            every value of server and plugins, and where it comes from
  panotti config show example                    those of one plugin
  panotti config show --json | jq '.[] | select(.origin != null)'`,
      arguments: [['[plugin]', 'one plugin only']],
      options: [['--json', 'print JSON: [{ path, value, origin }]; without an origin it is the default']],
      load: async () => (await import('./config-show.js')).configShow,
    },
    {
      name: 'encrypt',
      text: 'Print a secret as an encrypted value for YAML.',
      help: `
The secret comes from the standard input, or from a prompt that does not show it; a line break at its end is removed. It is never read
from the command line, which every user of the machine can read while the command runs, and which shells store in their history.

The key is the one in PANOTTI_CONFIG_KEY, or in the file that PANOTTI_CONFIG_KEY_FILE names; \`panotti config new-key\` makes one.
The server needs the same key. The result is valid anywhere in the configuration.

Examples:
  panotti config encrypt                         asks twice, and prints !encrypted v1.…
  panotti config encrypt < password.txt
  pass show mail | panotti config encrypt

Exit codes: 0 done, 64 wrong usage, 78 no usable key.`,
      takesAnything: true,
      load: async () => (await import('./config-encrypt.js')).configEncrypt,
    },
    {
      name: 'explain',
      text: 'Explain one option: its type, default, limits and meaning, its value and where that was written.',
      help: `
Examples:
  panotti config explain http.port
  panotti config explain plugins.example.settings.maxNotes
  panotti config explain example.settings        the options of a section`,
      arguments: [['<path>', 'as in reports: http.port, plugins.example.settings.maxNotes']],
      options: [['--json', 'print JSON']],
      load: async () => (await import('./config-explain.js')).configExplain,
    },
    {
      name: 'check',
      text: 'Check all files, variables and plugin settings together, without starting anything.',
      help: `
Examples:
  panotti config check                           exit code 0 and a summary, or 78 and every problem
  panotti config check --strict                  exit code 78 also for warnings and for plugins that would not start
  panotti config check --json | jq -r '.problems[] | "\\(.file):\\(.line) \\(.message)"'
  PANOTTI_PROFILE=production panotti config check`,
      options: [
        ['--json', 'print JSON: { ok, problems, warnings, plugins, pluginProblems }'],
        ['--strict', 'exit with 78 for warnings too, and for plugins that would not start'],
      ],
      load: async () => (await import('./config-check.js')).configCheck,
    },
    {
      name: 'docs',
      text: 'Print what can be set: every key with its type, limits, default and description.',
      help: `
Examples:
  panotti config docs                            server and plugins, as Markdown
  panotti config docs noise-reduction            one plugin
  panotti config docs --out docs/configuration.md`,
      arguments: [['[plugin]', 'one plugin only']],
      options: [['--out <file>', 'write into this file instead']],
      load: async () => (await import('./config-reference.js')).configDocs,
    },
    {
      name: 'new-key',
      text: 'Make a key for encrypted values.',
      help: `
Without --out the key is printed once and stored nowhere. It decrypts every value that was encrypted with it; without it they are lost.
Keep it apart from the configuration files.

Examples:
  panotti config new-key --out /etc/panotti/config.key
  panotti config new-key > config.key            readable by other users, unless the shell has umask 077

Exit codes: 0 done, 64 wrong usage or the file exists already, 74 the file cannot be written.`,
      options: [['--out <file>', 'write the key to a new file that only its owner can read']],
      load: async () => (await import('./config-new-key.js')).configNewKey,
    },
  ],
};
