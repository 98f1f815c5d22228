import { assertComesBack, storableText } from '../../../src/common/index.js';

class Point {
  constructor(
    readonly x = 0,
    readonly y?: number,
  ) {}
}

const stored = (value: unknown, read: (plain: unknown) => unknown = (plain) => plain): unknown => {
  const { text, isCertain } = storableText(value);
  const result = read(JSON.parse(text));
  if (!isCertain) assertComesBack(value, result);
  return result;
};
const chain = (levels: number): object => Array.from({ length: levels - 1 }).reduce<object>((inner) => ({ inner }), {});
const cycle = (): object => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};
const tree = (value: unknown): unknown => ({ a: [{ b: value }] });

describe('what is stored', () => {
  it.each<[string, unknown]>([
    ['a Map', new Map([['a', 1]])],
    ['an empty Map', new Map()],
    ['a Set', new Set([1])],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a BigInt', 1n],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a date that is none', new Date(NaN)],
    ['a URL', new URL('http://a/')],
    ['an expression', /a/],
    ['an error', new Error('x')],
    ['bytes', Buffer.from('a')],
    ['numbers of one kind', new Float32Array(1)],
    ['a buffer', new ArrayBuffer(1)],
    ['a promise', Promise.resolve()],
    ['a boxed text', Object('a')],
    ['an instance of a class', new Point(1)],
    ['a list of a class of its own', new (class List extends Array<number> {})()],
    ['half of a surrogate pair', '\ud800'],
    ['undefined in a list', [1, undefined]],
    // oxlint-disable-next-line no-sparse-arrays
    ['a list with a hole', [1, , 2]],
    ['a list with a further property', Object.assign([1], { more: 1 })],
    ['a field with a symbol', { [Symbol('s')]: 1 }],
    ['a field that is hidden', Object.defineProperty({}, 'a', { value: 1, enumerable: false })],
    [
      'a getter',
      {
        get a() {
          return 1;
        },
      },
    ],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no');
        },
      },
    ],
    ['__proto__ as a name', JSON.parse('{"__proto__":{"a":1}}')],
    ['constructor as a name', { constructor: 1 }],
    ['toString as a name', { toString: 1 }],
    ['half of a surrogate pair as a name', { '\ud800': 1 }],
    ['its own form in JSON', { toJSON: () => ({ a: 1 }) }],
    ['itself', cycle()],
    ['more than 32 levels', chain(31)],
  ])('is refused with its place: %s', (_title, value) => {
    expect(() => stored(tree(value))).toThrow(
      expect.objectContaining({ name: 'NotStorableError', path: expect.stringMatching(/^a\[0\]\.b/) }),
    );
  });

  it.each<[string, unknown]>([
    ['texts, numbers, lists, null', { a: 'ü😀', b: [0, -1.5, 1e300], c: null, d: [], e: {}, f: true }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['32 levels', chain(32)],
    ['one object in two places', ((one: object) => ({ a: one, b: one }))({ c: 1 })],
    ['a frozen value', Object.freeze({ a: Object.freeze([1]) })],
  ])('comes back as it was given: %s', (_title, value) => {
    expect(JSON.stringify(stored(value))).toBe(JSON.stringify(value));
  });

  it('keeps the sign of zero', () => {
    const read = stored({ a: [-0, 0], b: { c: -0 } }) as { a: number[]; b: { c: number } };
    expect([...read.a, read.b.c].map((zero) => Object.is(zero, -0))).toEqual([true, false, true]);
  });

  it('may leave out what is undefined in an object', () => {
    expect(stored({ a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  it('may have instances that are made again, and literals that become instances', () => {
    const revive = (plain: unknown): object => ({
      list: (plain as { list: Point[] }).list.map(({ x, y }) => new Point(x, y)),
    });

    expect(stored({ list: [new Point(1), { x: 2 }] }, revive)).toEqual({ list: [new Point(1), new Point(2)] });
  });

  it.each<[string, unknown, unknown, string]>([
    ['a field that its class drops', { p: new Point(1, 2) }, { p: new Point(1) }, 'p.y'],
    ['an instance of another class', { p: new Point(1) }, { p: new (class Other extends Point {})(1) }, 'p'],
    [
      'a default in the place of what was taken away',
      { p: Object.create(Point.prototype) },
      { p: new Point(3) },
      'p.x',
    ],
    [
      'a default in the place of undefined',
      { p: Object.assign(new Point(), { x: undefined }) },
      { p: new Point(3) },
      'p.x',
    ],
    ['a shorter list', { l: [1, 2] }, { l: [1] }, 'l'],
    ['another date', { d: new Date(0) }, { d: new Date(1) }, 'd'],
  ])('is refused with the place of the difference: %s', (_title, given, read, path) => {
    expect(() => assertComesBack(given, read)).toThrow(expect.objectContaining({ path }));
  });
});
