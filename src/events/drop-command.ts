/** What messages tell an operator to type. */

/** A name that a shell takes as it is. */
const PLAIN = /^[\w.:@/-]+$/;

/** The command that drops a durable subscription, or says what would be lost: without `--yes` it changes nothing. */
export function dropCommand(name: string): string {
  return `panotti subscriptions drop ${quoted(name)}`;
}

/** The command that drops the dead letters of one subscription. */
export function dropDeadLettersCommand(subscription: string): string {
  return `panotti dead-letters drop --all --subscription ${quoted(subscription)} --yes`;
}

function quoted(name: string): string {
  return PLAIN.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}
