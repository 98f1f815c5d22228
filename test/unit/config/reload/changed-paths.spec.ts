import { Secret } from '../../../../src/common/index.js';
import { changedPaths } from '../../../../src/config/index.js';

class Hidden {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  equals(other: unknown): boolean {
    return other instanceof Hidden && other.#value === this.#value;
  }
}

describe('changedPaths', () => {
  it('names each key that differs, in maps within maps too, and nothing where all is the same', () => {
    const previous = { http: { port: 1, host: 'a' }, list: [1, { a: 1 }], same: true };

    expect(changedPaths(previous, { http: { port: 2, host: 'a' }, list: [1, { a: 2 }], same: true })).toEqual([
      'http.port',
      'list',
    ]);
    expect(changedPaths(previous, structuredClone(previous))).toEqual([]);
  });

  it('names keys that only one side has, and a value that became a map', () => {
    expect(changedPaths({ a: 1, b: 2 }, { b: { c: 1 }, d: 3 })).toEqual(['a', 'b', 'd']);
    expect(changedPaths(undefined, {})).toEqual(['']);
  });

  it('lets values that hide what they hold compare themselves, in lists too', () => {
    expect(changedPaths({ key: new Hidden('a') }, { key: new Hidden('b') })).toEqual(['key']);
    expect(changedPaths({ key: new Hidden('a') }, { key: new Hidden('a') })).toEqual([]);
    expect(changedPaths({ keys: [new Hidden('a')] }, { keys: [new Hidden('b')] })).toEqual(['keys']);
  });

  const [one, two] = [(): Secret => new Secret('one'), (): Secret => new Secret('two')];

  it.each<[string, unknown, unknown]>([
    ['a secret and nothing', { a: one() }, {}],
    ['a secret and undefined', { a: one() }, { a: undefined }],
    ['a secret and null', { a: one() }, { a: null }],
    ['a secret and another one', { a: one() }, { a: two() }],
    ['a secret and the same text in the open', { a: one() }, { a: 'one' }],
    ['a secret and what it shows', { a: one() }, { a: '[secret]' }],
    ['a secret and a map', { a: one() }, { a: {} }],
    ['a secret and a list', { a: one() }, { a: [one()] }],
    ['a list with a secret, and an empty one', { a: [one()] }, { a: [] }],
    ['a list with a secret, and with nothing in its place', { a: [one()] }, { a: [undefined] }],
    ['a list with a secret, and with another one', { a: [one()] }, { a: [two()] }],
    ['a list and null', { a: [1] }, { a: null }],
    ['an empty list and nothing', { a: [] }, {}],
    ['a nested map and nothing', { a: { b: one() } }, {}],
    ['a nested map and null', { a: { b: 1 } }, { a: null }],
    ['an empty map and nothing', { a: {} }, {}],
    ['an empty map and an empty list', { a: {} }, { a: [] }],
    ['null and nothing', { a: null }, {}],
    ['a number and its text', { a: 1 }, { a: '1' }],
    ['0 and -0', { a: 0 }, { a: -0 }],
    ['a Map of secrets', { a: new Map([['k', one()]]) }, { a: new Map([['k', two()]]) }],
    ['a Set of secrets', { a: new Set([one()]) }, { a: new Set([two()]) }],
    ['two dates', { a: new Date(0) }, { a: new Date(1) }],
    ['two addresses', { a: new URL('http://a/') }, { a: new URL('http://b/') }],
    ['bytes', { a: Buffer.from('a') }, { a: Buffer.from('b') }],
    ['what compares itself, and nothing', { a: new Hidden('a') }, {}],
    ['what compares itself, and null', { a: new Hidden('a') }, { a: null }],
  ])('takes %s for a change, whichever of the two came first', (_title, previous, next) => {
    expect([changedPaths(previous, next), changedPaths(next, previous)]).toEqual([['a'], ['a']]);
  });

  it.each<[string, unknown, unknown]>([
    ['two secrets of one text', { a: one() }, { a: one() }],
    ['an absent setting and an undefined one', {}, { a: undefined }],
    ['lists of the same secrets', { a: [one(), two()] }, { a: [one(), two()] }],
    ['Maps of the same secrets', { a: new Map([['k', one()]]) }, { a: new Map([['k', one()]]) }],
    ['NaN twice', { a: NaN }, { a: NaN }],
    ['one date', { a: new Date(0) }, { a: new Date(0) }],
    ['objects with and without a prototype', { a: Object.assign(Object.create(null), { b: 1 }) }, { a: { b: 1 } }],
  ])('takes %s for the same', (_title, previous, next) => {
    expect([changedPaths(previous, next), changedPaths(next, previous)]).toEqual([[], []]);
  });

  it('names the key of a map that came or went, also one that every object inherits', () => {
    expect(changedPaths({ a: { b: one(), c: 1 } }, { a: { c: 1, d: two() } })).toEqual(['a.b', 'a.d']);
    expect(changedPaths({}, { constructor: 1, toString: one() })).toEqual(['constructor', 'toString']);
  });
});
