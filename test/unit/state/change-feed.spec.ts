/** The iterators that tell of changes: bounded, and gone when nobody needs them. */
import { CHANGE_BUFFER, ChangeFeed } from '../../../src/state/change-feed.js';

describe('a feed of changes', () => {
  it('gives each reader everything from the time it began', async () => {
    const feed = new ChangeFeed<number>();
    const early = feed.open();
    feed.push(1);
    const late = feed.open();
    feed.push(2);
    feed.close();
    expect(await Array.fromAsync(early)).toEqual([1, 2]);
    expect(await Array.fromAsync(late)).toEqual([2]);
  });

  it('drops the oldest changes for a reader that is too slow, and for no other', async () => {
    const feed = new ChangeFeed<number>();
    const slow = feed.open();
    const fast = feed.open();
    for (let change = 0; change <= CHANGE_BUFFER; change++) {
      feed.push(change);
      expect((await fast.next()).value).toBe(change);
    }
    feed.close();
    const seen = await Array.fromAsync(slow);
    expect([seen[0], seen.length]).toEqual([1, CHANGE_BUFFER]);
  });

  it('wakes all that wait when it closes, and when a reader leaves', async () => {
    const feed = new ChangeFeed<number>();
    const [closed, left] = [feed.open(), feed.open()];
    const waiting = [closed.next(), closed.next(), left.next()];
    await left.return?.();
    expect(feed.readers).toBe(1);
    feed.close();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ value: undefined, done: true })));
    expect(feed.readers).toBe(0);
    expect((await feed.open().next()).done).toBe(true);
  });
});
