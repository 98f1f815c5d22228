/** Says if the application waits for its plugins before it listens. */

export type StartupMode = 'awaited' | 'background';

/** The injection token of the mode. */
export const STARTUP_MODE = Symbol.for('panotti:startup-mode');
