/** Finds what an operator means: subscriptions, and ids that were mistyped. */
import { nearestWord } from '../../common/index.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import { SubscriptionUnknownError } from './operations.errors.js';

/**
 * The `candidates` that match the choice, sorted.
 *
 * @param candidates may have names that are not known any more
 * @throws SubscriptionUnknownError for a subscription or a plugin that is not known
 */
export function chosenSubscriptions(
  known: KnownSubscriptions,
  candidates: readonly string[],
  { subscription, plugin }: { readonly subscription?: string | undefined; readonly plugin?: string | undefined },
): string[] {
  const all = [...new Set([...candidates, ...known.names()])];
  if (subscription !== undefined && !all.includes(subscription)) {
    throw new SubscriptionUnknownError(
      'durable subscription',
      subscription,
      nearestWord(subscription, all),
      all.toSorted(),
    );
  }
  if (plugin !== undefined) requirePlugin(known, plugin);
  const chosen = candidates.filter((name) => subscription === undefined || name === subscription);
  return chosen.filter((name) => plugin === undefined || known.get(name)?.plugin === plugin).toSorted();
}

function requirePlugin(known: KnownSubscriptions, plugin: string): void {
  const plugins = [...new Set([...known.all()].map((each) => each.plugin))].toSorted();
  if (plugins.includes(plugin)) return;
  throw new SubscriptionUnknownError(
    'plugin with durable subscriptions',
    plugin,
    nearestWord(plugin, plugins),
    plugins,
  );
}

/** Shorter beginnings say too little. */
const SHORTEST = 8;

/** The id that a mistyped or cut text probably means. */
export function similarId(text: string, ids: readonly string[]): string | undefined {
  if (text.length > 100) return undefined;
  const whole = text.length < SHORTEST ? [] : ids.filter((id) => id.startsWith(text) || text.startsWith(id));
  return whole.length > 0 ? whole[0] : nearestWord(text, ids);
}
