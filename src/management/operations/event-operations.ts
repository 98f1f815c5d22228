/** The operations on stored events, parked events, dead letters and durable subscriptions, by group. */
import { operation, streamOperation, type AnyOperation } from './operation.js';
import { optional, required } from './request-shape.js';

const NAME = optional('pattern', 'a name of events, or a pattern: recording.*, or recording.** for all below it');
const FROM_TIME = optional('moment', 'events of this moment or later');
const BEFORE_TIME = optional('moment', 'events before this moment');
const LIMIT = required('count', 'how many', 50);
const AFTER = optional('text', 'the page that the previous answer names');
const OF_SUBSCRIPTION = optional('text', 'those of one subscription');
const OF_PLUGIN = optional('text', 'those of the subscriptions of one plugin');
const EVENT_ID = 'the id of the event';

export const LIST_EVENTS = operation({
  name: 'events.list',
  text: 'List stored events, the newest first.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: {
    name: NAME,
    fromTime: FROM_TIME,
    beforeTime: BEFORE_TIME,
    limit: LIMIT,
    through: optional('position', 'the page that the previous answer names'),
  },
  run: (events, request) => events.listEvents(request),
});

export const SHOW_EVENT = operation({
  name: 'events.show',
  text: 'Show one event: where it comes from, its payload, and the state of each of its deliveries.',
  on: 'events',
  permission: 'payload',
  changes: false,
  request: { id: required('text', EVENT_ID) },
  run: (events, { id }) => events.showEvent(id),
});

export const FOLLOW_EVENTS = streamOperation({
  name: 'events.follow',
  text: 'Send each event as it is stored.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: { name: NAME, after: required('position', 'events above this position of the log') },
  run: (events, request, signal) => events.followEvents(request, signal),
});

const REPLAY_REQUEST = {
  eventId: optional('text', 'one event'),
  events: NAME,
  fromTime: FROM_TIME,
  beforeTime: BEFORE_TIME,
  subscription: optional('text', 'to one subscription (default: to all that the event is for)'),
};

export const PLAN_REPLAY = operation({
  name: 'events.plan-replay',
  text: 'Count the deliveries that a replay would make.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: REPLAY_REQUEST,
  run: (events, request) => events.planReplay(request),
});

export const REPLAY = operation({
  name: 'events.replay',
  text: 'Deliver stored events again.',
  on: 'events',
  permission: 'operate',
  changes: true,
  request: REPLAY_REQUEST,
  run: (events, request) => events.replay(request),
});

export const LIST_PARKED = operation({
  name: 'events.parked',
  text: 'List events that wait because the plugin that handles them is too old for their version.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: { subscription: OF_SUBSCRIPTION, plugin: OF_PLUGIN, limit: LIMIT, after: AFTER },
  run: (events, request) => events.listParked(request),
});

export const COUNT_PARKED = operation({
  name: 'events.count-parked',
  text: 'Count parked events.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: { subscription: OF_SUBSCRIPTION, plugin: OF_PLUGIN },
  run: (events, request) => events.countParked(request),
});

export const SKIP_PARKED = operation({
  name: 'events.skip',
  text: 'Give up parked events of one subscription.',
  on: 'events',
  permission: 'operate',
  changes: true,
  request: {
    subscription: required('text', 'its name, as panotti events parked shows it'),
    eventId: optional('text', EVENT_ID),
  },
  run: (events, request) => events.skipParked(request),
});

const LETTER_CHOICE = {
  eventId: optional('text', EVENT_ID),
  subscription: OF_SUBSCRIPTION,
  plugin: OF_PLUGIN,
  event: NAME,
};

export const LIST_DEAD_LETTERS = operation({
  name: 'dead-letters.list',
  text: 'List dead letters, by subscription and in the order of publication.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: { ...LETTER_CHOICE, limit: LIMIT, after: AFTER },
  run: (events, request) => events.listDeadLetters(request),
});

export const SHOW_DEAD_LETTERS = operation({
  name: 'dead-letters.show',
  text: 'Show the dead letters of one event: the event, the errors and the attempts, for each subscription that gave it up.',
  on: 'events',
  permission: 'payload',
  changes: false,
  request: { ...LETTER_CHOICE, eventId: required('text', EVENT_ID) },
  run: (events, request) => events.showDeadLetters(request),
});

export const COUNT_DEAD_LETTERS = operation({
  name: 'dead-letters.count',
  text: 'Count the dead letters of a choice.',
  on: 'events',
  permission: 'read',
  changes: false,
  request: LETTER_CHOICE,
  run: (events, request) => events.countDeadLetters(request),
});

export const RETRY_DEAD_LETTERS = operation({
  name: 'dead-letters.retry',
  text: 'Deliver dead letters again, with all their attempts.',
  on: 'events',
  permission: 'operate',
  changes: true,
  request: LETTER_CHOICE,
  run: (events, request) => events.retryDeadLetters(request),
});

export const DROP_DEAD_LETTERS = operation({
  name: 'dead-letters.drop',
  text: 'Remove dead letters for good.',
  on: 'events',
  permission: 'administer',
  changes: true,
  request: LETTER_CHOICE,
  run: (events, request) => events.dropDeadLetters(request),
});

export const LIST_SUBSCRIPTIONS = operation({
  name: 'subscriptions.list',
  text: 'List durable subscriptions by name, with the events that wait for each.',
  on: 'subscriptions',
  permission: 'read',
  changes: false,
  request: {},
  run: (subscriptions) => subscriptions.list(),
});

const SUBSCRIPTION_REQUEST = { name: required('text', 'the exact name, as `panotti subscriptions list` shows it') };

export const PLAN_DROP_SUBSCRIPTION = operation({
  name: 'subscriptions.plan-drop',
  text: 'Show what would be lost with a durable subscription.',
  on: 'subscriptions',
  permission: 'read',
  changes: false,
  request: SUBSCRIPTION_REQUEST,
  run: (subscriptions, { name }) => subscriptions.lossOf(name),
});

export const DROP_SUBSCRIPTION = operation({
  name: 'subscriptions.drop',
  text: 'Remove a durable subscription for good, with the events that wait for it.',
  on: 'subscriptions',
  permission: 'administer',
  changes: true,
  request: SUBSCRIPTION_REQUEST,
  run: (subscriptions, { name }) => subscriptions.drop(name),
});

/** Every operation, once. */
export const OPERATIONS: readonly AnyOperation[] = [
  LIST_EVENTS,
  SHOW_EVENT,
  FOLLOW_EVENTS,
  PLAN_REPLAY,
  REPLAY,
  LIST_PARKED,
  COUNT_PARKED,
  SKIP_PARKED,
  LIST_DEAD_LETTERS,
  SHOW_DEAD_LETTERS,
  COUNT_DEAD_LETTERS,
  RETRY_DEAD_LETTERS,
  DROP_DEAD_LETTERS,
  LIST_SUBSCRIPTIONS,
  PLAN_DROP_SUBSCRIPTION,
  DROP_SUBSCRIPTION,
];
