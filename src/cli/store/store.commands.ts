/** The group `panotti store`. */
import type { CommandGroup } from '../command/command.js';

export const STORE_COMMANDS: CommandGroup = {
  name: 'store',
  text: 'Look after the store of events and states.',
  help: '',
  commands: [
    {
      name: 'repair',
      text: 'Build a damaged store anew from what can be read of it. The old files are kept. The server must not run.',
      help: '',
      load: async () => (await import('./store-repair.js')).storeRepair,
    },
  ],
};
