/** The server as a process. */
export { serve, type Strictness } from './serve.js';
