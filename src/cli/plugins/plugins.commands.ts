/** The group `panotti plugins`. */
import { Option } from 'commander';
import type { CommandGroup } from '../command/command.js';

/** Also the examples of the whole program. */
export const EXAMPLES = `
Examples:
  panotti plugins list                           the plugins, and why one does not start
  panotti plugins list --json | jq '.plugins[].name'
  panotti plugins graph                          which plugin needs which
  panotti plugins graph --format mermaid > plugins.mmd
  panotti plugins list --strict                  in a pipeline: exit code 78 if anything is wrong
  panotti config docs                            what can be set, in Markdown
  panotti events list --since 2h                 recent events, and the subscriptions they wait for
  panotti dead-letters list                      deliveries that were given up, and why

Exit codes: 0 done, 64 wrong usage, 70 unexpected, 74 output or store failed,
75 store in use, 78 wrong configuration.`;

export const PLUGIN_COMMANDS: CommandGroup = {
  name: 'plugins',
  text: 'Show the plugins that the configuration names.',
  help: EXAMPLES,
  commands: [
    {
      name: 'list',
      text: 'List every plugin with its version, status, origin and description.',
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
