/** The group `panotti store`. */
import type { CommandGroup } from '../command/command.js';

export const STORE_COMMANDS: CommandGroup = {
  name: 'store',
  text: 'Maintain the store of events and states.',
  help: '',
  commands: [
    {
      name: 'repair',
      text: 'Rebuild a damaged store from what can be read of it, and keep the old files. The server must not run.',
      help: '',
      load: async () => (await import('./store-repair.js')).storeRepair,
    },
  ],
};
