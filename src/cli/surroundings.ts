/** What a command line runs in; a process fills it from itself, a test as it likes. */
import type { Environment } from '../config/index.js';
import type { PluginModules } from '../host/index.js';
import type { SecretInput } from './secret-input.port.js';
import type { Terminal } from './terminal.js';

export interface Surroundings {
  readonly terminal: Terminal;
  /** Where a secret is read from; `undefined`: there is no input. */
  readonly input?: SecretInput | undefined;
  readonly environment: Environment;
  /** The folder of the plugins that ship with the server. */
  readonly shipped: string;
  /** How plugins are imported; `undefined`: with Node's loader. */
  readonly modules?: PluginModules | undefined;
}
