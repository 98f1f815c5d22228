/** Finds the dead letters that an operator has chosen, a bounded number at a time. */
import { matchesPattern } from '../contracts/event-name.js';
import type { DeadLetter, DeadLetters } from './dead-letters.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import type { DeadLetterChoice } from './event-operations.port.js';
import { chosenSubscriptions } from './chosen-subscriptions.js';

/** Each has its payload with it. */
const PAGE = 100;

export class ChosenDeadLetters {
  constructor(
    private readonly letters: DeadLetters,
    private readonly known: KnownSubscriptions,
  ) {}

  /**
   * @param after where to go on: the letter after this one
   * @throws SubscriptionUnknownError
   */
  async *pages(
    choice: DeadLetterChoice,
    after?: Pick<DeadLetter, 'subscription' | 'eventId'>,
  ): AsyncGenerator<readonly DeadLetter[]> {
    for (const subscription of await this.#subscriptions(choice)) {
      if (after && subscription < after.subscription) continue;
      yield* this.#pagesOf(subscription, choice, after?.subscription === subscription ? after.eventId : undefined);
    }
  }

  async *#pagesOf(
    subscription: string,
    { eventId, event }: DeadLetterChoice,
    after: string | undefined,
  ): AsyncGenerator<readonly DeadLetter[]> {
    if (eventId !== undefined) {
      const letter = await this.letters.show(subscription, eventId);
      if (letter && matches(letter, event)) yield [letter];
      return;
    }
    for (let from = after, isOver = false; !isOver;) {
      const page = await this.letters.list(subscription, from, PAGE);
      yield page.letters.filter((letter) => matches(letter, event));
      from = page.next;
      isOver = from === undefined;
      // Others get their turn between two pages.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Sorted. */
  async #subscriptions({ subscription, plugin }: DeadLetterChoice): Promise<string[]> {
    const totals = await this.letters.totals();
    return chosenSubscriptions(this.known, [...totals.keys()], { subscription, plugin });
  }
}

function matches(letter: DeadLetter, event: string | undefined): boolean {
  return event === undefined || matchesPattern(event, letter.event);
}
