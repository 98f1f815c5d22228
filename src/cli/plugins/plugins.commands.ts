/** The group `panotti plugins`. */
import { Option } from 'commander';
import type { CommandGroup } from '../command/command.js';

/** Of the program as a whole, too. */
export const EXAMPLES = `
Examples:
  panotti plugins list                           which plugins there are, and what keeps one from starting
  panotti plugins list --json | jq '.plugins[].name'
  panotti plugins graph                          which plugin needs which
  panotti plugins graph --format mermaid > plugins.mmd
  panotti plugins list --strict                  in a pipeline: exit code 78 where anything is wrong
  panotti config docs                            what can be set, in Markdown
  panotti events list --since 2h                 what was stored lately, and for whom it still waits
  panotti dead-letters list                      what was given up, and why

Exit codes: 0 done, 64 wrong usage, 70 unexpected, 74 output or store failed,
75 store in use, 78 wrong configuration.`;

export const PLUGIN_COMMANDS: CommandGroup = {
  name: 'plugins',
  text: 'Show the plugins that the configuration names.',
  help: EXAMPLES,
  commands: [
    {
      name: 'list',
      text: 'List every plugin with its version, its state, where it comes from and what it is for.',
      help: EXAMPLES,
      options: [
        ['--json', 'print JSON'],
        ['--strict', 'exit with 78 when a plugin has a problem'],
      ],
      load: async () => (await import('./plugins-list.js')).pluginsList,
    },
    {
      name: 'graph',
      text: 'Show which plugin depends on which.',
      help: EXAMPLES,
      options: [
        new Option('--format <format>', 'how to print it').choices(['text', 'mermaid', 'json']).default('text'),
        ['--strict', 'exit with 78 when a plugin has a problem'],
      ],
      load: async () => (await import('./plugins-graph.js')).pluginsGraph,
    },
  ],
};
