/** The door of the telemetry room. */
export { activeContext, activeContextStorage, runInContext, type ActiveContext } from './active-context.js';
