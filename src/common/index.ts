/** The door of the ground: time, limits, errors. No Nest, no input or output. */
export { backoffDelayMs, type Backoff } from './backoff.js';
export { Clock, SystemClock, type ClockTimer } from './clock.js';
export { withinDeadline, type Deadline } from './deadline.js';
export { deepFreeze } from './deep-freeze.js';
export { nearestWord } from './did-you-mean.js';
export { PanottiError, type PanottiErrorDetails } from './panotti.error.js';
export { isSecret, Secret } from './secret.js';
export { asSentence, isInstance, leadingProblem, messageOf, reasonOf, toError } from './thrown.js';
