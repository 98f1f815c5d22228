/** What messages tell an operator to type. */

/** A name that a shell takes as it is. */
const PLAIN = /^[\w.:@/-]+$/;

/** The command that drops a durable subscription, or says what would be lost: without `--yes` it changes nothing. */
export function dropCommand(name: string): string {
  return `panotti subscriptions drop ${PLAIN.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`}`;
}
