/**
 * The table of operations as data: a second door of the room, for the shell, which reads the rows before it knows whether it needs any of
 * the rest. Imports no other room at run time.
 */
export {
  COUNT_DEAD_LETTERS,
  COUNT_PARKED,
  DROP_DEAD_LETTERS,
  DROP_SUBSCRIPTION,
  FOLLOW_EVENTS,
  LIST_DEAD_LETTERS,
  LIST_EVENTS,
  LIST_PARKED,
  LIST_SUBSCRIPTIONS,
  OPERATIONS,
  PLAN_DROP_SUBSCRIPTION,
  PLAN_REPLAY,
  REPLAY,
  RETRY_DEAD_LETTERS,
  SHOW_DEAD_LETTERS,
  SHOW_EVENT,
  SKIP_PARKED,
} from './event-operations.js';
export type {
  AnyOperation,
  Operation,
  OperationCaller,
  OperationTargets,
  StreamOperation,
  TargetName,
} from './operation.js';
export { LARGEST_COUNT, LONGEST_TEXT, type Field, type RequestOf, type RequestShape } from './request-shape.js';
