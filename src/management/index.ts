/** The door of the management room. */
export { connectToServer } from './connect-to-server.js';
export { ControlChannelModule } from './control-channel.module.js';
export { ControlChannelError } from './management.errors.js';
