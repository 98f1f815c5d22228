/** Many items in slices of the event loop: what is awaited for each of them may never leave the turn by itself. */
import { nextTurn } from '../common/index.js';

/** Items that are dealt with in one turn. */
const STEP = 100;

/** The same items, while other work gets its turn after every `STEP` of them. */
export async function* inTurns<I>(items: Iterable<I>): AsyncIterable<I> {
  let count = 0;
  for (const item of items) {
    yield item;
    if (++count % STEP === 0) await nextTurn();
  }
}
