import { changedPaths } from '../../../src/config/index.js';

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

    expect(changedPaths(previous, { http: { port: 2, host: 'a' }, list: [1, { a: 2 }], same: true })).toEqual(['http.port', 'list']);
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
});
