/** The iterators that tell of changes: bounded, and gone when nobody needs them. */
import { CHANGE_BUFFER, ChangeFeed } from '../../../src/state/change-feed.js';

const missed = (): Error => new Error('missed');

describe('a feed of changes', () => {
  it('gives each reader everything from the time it began', async () => {
    const feed = new ChangeFeed<number>(missed);
    const early = feed.open();
    feed.push(1);
    const late = feed.open();
    feed.push(2);
    feed.close();
    expect(await Array.fromAsync(early)).toEqual([1, 2]);
    expect(await Array.fromAsync(late)).toEqual([2]);
  });

  it.each([
    ['one too many', CHANGE_BUFFER + 1],
    ['three times as many', 3 * CHANGE_BUFFER],
  ])(
    'tells a reader that is too slow that it has missed some, after all before the gap, and no other: %s',
    async (_how, count) => {
      const feed = new ChangeFeed<number>(missed);
      const slow = feed.open();
      const fast = feed.open();
      for (let change = 0; change < count; change++) {
        feed.push(change);
        expect((await fast.next()).value).toBe(change);
      }
      expect(feed.readers).toBe(1);
      const seen: number[] = [];
      const reading = (async () => {
        for await (const change of slow) seen.push(change);
      })();
      await expect(reading).rejects.toThrow('missed');
      expect(seen).toEqual(Array.from({ length: CHANGE_BUFFER }, (_none, change) => change));
      expect((await slow.next()).done).toBe(true);
      feed.close();
      expect((await fast.next()).done).toBe(true);
    },
  );

  it('says nothing of a gap to a reader that has as many to read as there is room for', async () => {
    const feed = new ChangeFeed<number>(missed);
    const reader = feed.open();
    for (let change = 0; change < CHANGE_BUFFER; change++) feed.push(change);
    feed.close();
    expect(await Array.fromAsync(reader)).toHaveLength(CHANGE_BUFFER);
  });

  it('tells of the gap also where the plugin stops before the reader comes to it', async () => {
    const feed = new ChangeFeed<number>(missed);
    const reader = feed.open();
    for (let change = 0; change <= CHANGE_BUFFER; change++) feed.push(change);
    feed.close();
    await expect(Array.fromAsync(reader)).rejects.toThrow('missed');
  });

  it('wakes all that wait when it closes, and when a reader leaves', async () => {
    const feed = new ChangeFeed<number>(missed);
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
