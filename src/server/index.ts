/** What the process of the server does: its arguments, its signals, its exit codes, and errors that go astray. */
export { main } from './main.js';
