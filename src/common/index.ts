/** The door of the ground: time, limits, errors. No Nest, no input or output. */
export { JoinedSignal, onAbort, untilAborted } from './abort.js';
export { backoffDelayMs, type Backoff } from './backoff.js';
export { Clock, idleTimer, nextTurn, SystemClock, type ClockTimer } from './clock.js';
export { compareCodePoints } from './code-points.js';
export { withinDeadline, type Deadline } from './deadline.js';
export { deepFreeze } from './deep-freeze.js';
export { EXIT, type ExitCode } from './exit.js';
export { nearestWord } from './did-you-mean.js';
export { jsonShapeProblem, type JsonShape } from './json-shape.js';
export { PanottiError, type Contention, type PanottiErrorDetails } from './panotti.error.js';
export { isSecret, Secret } from './secret.js';
export { assertComesBack, NotStorableError, storableText, type StorableText } from './storable.js';
export { asSentence, isInstance, leadingProblem, messageOf, reasonOf, toError } from './thrown.js';
