/** What a command line runs in; a process fills it from itself, a test as it likes. */
import type { Clock } from '../../common/index.js';
import type { Environment } from '../../config/index.js';
import type { ImportWatch, PluginModules } from '../../host/index.js';
import type { SecretInput } from './secret-input.port.js';
import type { Terminal } from './terminal.js';

export interface Surroundings {
  readonly terminal: Terminal;
  /** Where a secret is read from; `undefined`: there is no input. */
  readonly input?: SecretInput | undefined;
  readonly environment: Environment;
  /** The folder of the plugins that ship with the server. */
  readonly shipped: string;
  /** The source of time; `undefined`: that of the machine. */
  readonly clock?: Clock | undefined;
  /** For a command that goes on until somebody ends it: from this call on Ctrl-C aborts the signal and does not end the process. */
  readonly interruption?: (() => AbortSignal) | undefined;
  /** How plugins are imported; `undefined`: with Node's loader. */
  readonly modules?: PluginModules | undefined;
  /** Keeps watch over the imports; `undefined`: no watchdog does. */
  readonly imports?: ImportWatch | undefined;
}
