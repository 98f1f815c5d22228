/** The public API of the management room; the table of operations has a door of its own, operations/index.ts. */
export { ControlChannelModule } from './control-channel.module.js';
export { ControlClient } from './control-client.js';
export { LocalOperations } from './local-operations.js';
export { ControlChannelError } from './management.errors.js';
