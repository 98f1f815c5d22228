/** Errors for what an operator asked for and does not exist. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../../common/index.js';

function meant(similar: string | undefined): string {
  return similar === undefined ? '' : ` Did you mean "${similar}"?`;
}

/** Ids come from a shell: cut, and quoted as JSON. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80).toWellFormed());
}

/** No stored event has the id. */
export class EventNotFoundError extends PanottiError {
  constructor(id: string, similar: string | undefined) {
    super({
      code: 'EVENT_NOT_FOUND',
      message: `No stored event has the id ${quoted(id)}.${meant(similar)}`,
      fix: 'Look for it with `panotti events list`. Events without a durable subscription are not stored, and old ones go (`events.durable.retention`).',
    });
  }
}

/** No dead letter is left of that event. */
export class DeadLetterNotFoundError extends PanottiError {
  constructor(id: string, subscription: string | undefined, similar: string | undefined) {
    const who =
      subscription === undefined ? 'No subscription has a' : `The subscription ${quoted(subscription)} has no`;
    super({
      code: 'DEAD_LETTER_NOT_FOUND',
      message: `${who} dead letter of the event ${quoted(id)}.${meant(similar)}`,
      fix: 'Look for it with `panotti dead-letters list`; it may have been retried or dropped already.',
    });
  }
}

/** The event is not parked for that subscription. */
export class ParkedEventNotFoundError extends PanottiError {
  constructor(id: string, subscription: string, similar: string | undefined) {
    super({
      code: 'EVENT_NOT_PARKED',
      message: `The event ${quoted(id)} is not parked for the subscription ${quoted(subscription)}.${meant(similar)}`,
      fix: 'Look for it with `panotti events parked`; it may have been delivered or skipped already.',
    });
  }
}

/** No durable subscription, or no plugin with one, has the name. */
export class SubscriptionUnknownError extends PanottiError {
  constructor(
    what: 'durable subscription' | 'plugin with durable subscriptions',
    name: string,
    similar: string | undefined,
    known: readonly string[],
  ) {
    const all =
      known.length === 0
        ? ' There are none.'
        : ` There are ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}.`;
    super({
      code: 'SUBSCRIPTION_UNKNOWN',
      message: `The store knows no ${what} ${quoted(name)}.${similar === undefined ? all : meant(similar)}`,
      fix: 'Name one as `panotti subscriptions list` and `panotti dead-letters list` do.',
    });
  }
}

/** Durable subscriptions are listed and dropped in a store that no server has open. */
export class SubscriptionsInUseError extends PanottiError {
  /** @param cause whose message says who has the store open */
  constructor(cause: Error) {
    const [what] = cause.message.split('\n');
    super({
      code: 'SUBSCRIPTIONS_IN_USE',
      message: `${what} Durable subscriptions can be listed and dropped while no server runs.`,
      fix: 'Stop the server first, then run the command again; `--data-dir` names its data directory.',
      cause,
    });
  }
}
