/** The door of the management room. */
export { connectToServer } from './connect-to-server.js';
export { ControlChannelModule } from './control-channel.module.js';
export { ControlChannelError, ControlRefusedError } from './management.errors.js';
