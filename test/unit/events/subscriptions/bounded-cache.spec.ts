import { BoundedCache } from '../../../../src/events/subscriptions/dispatch-tables.js';

describe('a bounded cache', () => {
  it('makes a value once, and forgets the oldest when it is full', () => {
    const made: string[] = [];
    const cache = new BoundedCache(2, (key) => made.push(key));

    for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) cache.get(key);

    expect(made).toEqual(['a', 'b', 'c', 'a']);
  });
});
