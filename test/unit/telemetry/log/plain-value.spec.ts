import { Secret } from '../../../../src/common/index.js';
import { plainFields, plainValue } from '../../../../src/telemetry/log/plain-value.js';

const shown = (value: unknown): unknown => JSON.parse(JSON.stringify(plainValue(value)));
const fail = (): never => {
  throw new Error('no');
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

class Item {
  readonly #hidden = 1;
  constructor(readonly name: string) {}
  get size(): number {
    return this.#hidden;
  }
}

describe('what is logged', () => {
  it.each<[string, unknown, unknown]>([
    [
      'a Map by texts',
      new Map<string, unknown>([
        ['a', 1],
        ['__proto__', { b: 2 }],
      ]),
      JSON.parse('{"a":1,"__proto__":{"b":2}}'),
    ],
    [
      'a Map by objects',
      new Map<unknown, unknown>([
        [{ k: 1 }, [1]],
        [2, 'b'],
      ]),
      [
        [{ k: 1 }, [1]],
        [2, 'b'],
      ],
    ],
    ['a Map by numbers', new Map([[1, 'a']]), [[1, 'a']]],
    ['a Set', new Set([1, 'b', { c: 1 }]), [1, 'b', { c: 1 }]],
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a Date that is none', new Date(NaN), 'Invalid Date'],
    ['a URL', new URL('http://host/path?a=1'), 'http://host/path?a=1'],
    ['a URL with a password', new URL('http://me:hunter2@host/'), 'http://me:[secret]@host/'],
    ['query parameters', new URLSearchParams({ a: '1' }), 'a=1'],
    ['a RegExp', /a"b/giu, '/a"b/giu'],
    ['a BigInt', 10n, '10n'],
    ['a Symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', function named() {}, '[function named]'],
    ['numbers that JSON does not know', [NaN, Infinity, -Infinity, -0], ['NaN', 'Infinity', '-Infinity', '-0']],
    ['boxed values', [Object(1), Object('a'), Object(2n)], [1, 'a', '2n']],
    ['undefined in a list', [1, undefined, null], [1, 'undefined', null]],
    ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
    // oxlint-disable-next-line no-sparse-arrays
    ['a list with a hole', [1, , 2], [1, 'undefined', 2]],
    ['a Buffer', Buffer.from('hi'), '[2 bytes: 6869]'],
    ['an ArrayBuffer', new Uint8Array([1, 255]).buffer, '[2 bytes: 01ff]'],
    ['a part of a buffer', new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2), '[2 bytes: 0203]'],
    ['numbers of one kind', new Float64Array([1.5, -2]), [1.5, -2]],
    ['big numbers of one kind', new BigInt64Array([1n]), ['1n']],
    ['an instance of a class', new Item('a'), { name: 'a' }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['what says itself what it is', { toJSON: () => new Map([['a', 1n]]) }, { a: '1n' }],
    [
      'what says that it is itself',
      {
        a: 1,
        toJSON() {
          return this;
        },
      },
      { a: 1, toJSON: '[function toJSON]' },
    ],
    ['what fails to say what it is', { a: 1, toJSON: fail }, { a: 1, toJSON: '[function fail]' }],
    [
      'a getter',
      {
        get a() {
          return 1;
        },
      },
      { a: 1 },
    ],
    [
      'a getter that throws',
      {
        get a() {
          return fail();
        },
        b: 2,
      },
      { a: '[cannot be read: no]', b: 2 },
    ],
    ['a proxy', new Proxy({ a: 1 }, {}), { a: 1 }],
    ['a proxy that throws', new Proxy({ a: 1 }, { ownKeys: fail }), '[cannot be read: no]'],
    ['a proxy that is revoked', revoked(), expect.stringMatching(/^\[cannot be read: /)],
    ['a promise', Promise.resolve(1), '[Promise]'],
    ['a weak map', new WeakMap(), '[WeakMap]'],
    ['headers, which may hold secrets', new Headers({ authorization: 'hunter2' }), '[Headers]'],
    [
      'secrets',
      { a: new Secret('hunter2'), b: new Map([[new Secret('hunter2'), [new Secret('hunter2')]]]) },
      { a: '[secret]', b: [['[secret]', ['[secret]']]] },
    ],
  ])('comes out as what it is: %s', (_title, value, expected) => {
    expect(shown(value)).toEqual(expected);
  });

  it('names a cycle where it closes, and shows what merely stands in two places twice', () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle['map'] = new Map([['self', cycle]]);
    const twice = { b: 1 };

    expect(shown(cycle)).toEqual({ a: 1, map: { self: '[circular]' } });
    expect(shown([twice, twice])).toEqual([{ b: 1 }, { b: 1 }]);
  });

  it.each<[string, () => unknown]>([
    ['a long list', () => Array.from({ length: 1_000_000 }, (_item, index) => index)],
    ['a list of holes', () => Object.assign([], { length: 2 ** 31 })],
    ['many fields', () => Object.fromEntries(Array.from({ length: 100_000 }, (_item, index) => [`k${index}`, index]))],
    ['a large Map', () => new Map(Array.from({ length: 100_000 }, (_item, index) => [`k${index}`, index]))],
    ['a large Set', () => new Set(Array.from({ length: 100_000 }, (_item, index) => index))],
    ['many bytes', () => Buffer.alloc(10_000_000)],
    ['many numbers of one kind', () => new Float32Array(1_000_000)],
    ['a long text', () => 'x'.repeat(10_000_000)],
    ['many long texts', () => Array.from({ length: 90 }, () => 'x'.repeat(8_000))],
    ['a tree', () => [1, 2, 3].reduce<unknown>((inner) => Array.from({ length: 90 }, () => inner), 'leaf')],
    [
      'a chain of a hundred thousand objects',
      () => Array.from({ length: 100_000 }).reduce<object>((inner) => ({ inner }), {}),
    ],
    [
      'a chain of causes',
      () => Array.from({ length: 10_000 }).reduce<Error>((cause) => new Error('again', { cause }), new Error('first')),
    ],
  ])('is bounded: %s', (_title, value) => {
    expect(JSON.stringify(plainValue({ value: value() })).length).toBeLessThan(150_000);
  });

  it('says how much is left out', () => {
    expect(shown(Array.from({ length: 150 }, () => 0))).toHaveProperty('100', '… 50 more');
    expect(shown(new Map(Array.from({ length: 150 }, (_item, index) => [`k${index}`, 0])))).toHaveProperty(
      '…',
      '50 more',
    );
    expect(shown('x'.repeat(9_000))).toBe(`${'x'.repeat(8_192)}… (9000 characters)`);
  });
});

describe('an error that is logged', () => {
  it.each<[string, (error: Error) => unknown, string]>([
    ['itself', (error) => error, ''],
    ['as a field', (error) => ({ error }), '/error'],
    ['deep in lists and maps', (error) => ({ a: [new Map([['b', new Set([{ c: error }])]])] }), '/a/0/b/0/c'],
    ['as the cause of another', (error) => new Error('outer', { cause: error }), '/cause'],
    ['as the cause of what is no error', (error) => ({ cause: { cause: error } }), '/cause/cause'],
    ['among the errors of another', (error) => new AggregateError([1, error], 'all'), '/errors/1'],
    ['suppressed by another', (error) => new SuppressedError(error, new Error('later')), '/error'],
    ['as a property of another', (error) => Object.assign(new Error('outer'), { reason: { error } }), '/reason/error'],
    ['from toJSON', (error) => ({ toJSON: () => ({ error }) }), '/error'],
  ])('has type, message, stack, code and cause: %s', (_title, around, place) => {
    const error = Object.assign(new RangeError('boom', { cause: new TypeError('why') }), { code: 'BOOM' });

    const found = place
      .split('/')
      .slice(1)
      .reduce((value, key) => (value as Record<string, unknown>)[key], shown(around(error)));
    expect(found).toMatchObject({
      type: 'RangeError',
      message: 'boom',
      stack: expect.stringMatching(/^RangeError: boom\n +at /),
      code: 'BOOM',
      cause: { type: 'TypeError', message: 'why', stack: expect.stringMatching(/^TypeError: why\n +at /) },
    });
  });

  it('is named after its class, and by its name where that says more', () => {
    class OwnError extends Error {}
    const named = Object.assign(new Error('x'), { name: 'Timeout', type: 'late' });

    expect(shown([new OwnError('x'), named, new DOMException('x', 'AbortError')])).toMatchObject([
      { type: 'OwnError' },
      { type: 'Error', name: 'Timeout', ownType: 'late' },
      { type: 'DOMException', name: 'AbortError', message: 'x' },
    ]);
  });

  it.each<[string, object, object]>([
    [
      'whose message throws',
      Object.defineProperty(new Error('x'), 'message', { get: fail }),
      { type: 'Error', message: '[cannot be read]' },
    ],
    ['whose stack is no text', Object.assign(new Error('x'), { stack: [1] }), { message: 'x', stack: [1] }],
    ['without a stack', Object.assign(new Error('x'), { stack: undefined }), { message: 'x' }],
    [
      'whose property throws',
      Object.defineProperty(new Error('x'), 'a', { get: fail, enumerable: true }),
      { a: '[cannot be read: no]' },
    ],
    [
      'that only looks like one',
      Object.assign(Object.create(Error.prototype), { message: 'x' }),
      { type: 'Error', message: 'x' },
    ],
    ['that has its own toJSON', Object.assign(new Error('x'), { toJSON: () => ({}) }), { type: 'Error', message: 'x' }],
    ['behind a proxy', new Proxy(new Error('x'), {}), { type: 'Error', message: 'x' }],
    [
      'that is its own cause',
      ((error: Error) => Object.assign(error, { cause: error }))(new Error('x')),
      { cause: '[circular]' },
    ],
    ['that carries a secret', Object.assign(new Error('x'), { secret: new Secret('hunter2') }), { secret: '[secret]' }],
  ])('shows what can be read of one %s', (_title, error, expected) => {
    expect(shown(error)).toMatchObject(expected);
  });

  it('has the stacks of its causes below its own, once', () => {
    const { stack, cause } = shown(new Error('a', { cause: new Error('b', { cause: new Error('c') }) })) as Record<
      string,
      unknown
    >;

    expect(String(stack).match(/caused by: Error: [bc]/g)).toEqual(['caused by: Error: b', 'caused by: Error: c']);
    expect(JSON.stringify(cause)).not.toContain('caused by');
  });
});

describe('the fields of a record', () => {
  it('leaves requests and responses to the serializers of pino', () => {
    const [req, res] = [{ method: 'GET' }, { statusCode: 200 }];
    const fields = plainFields({ req, res, error: new Error('x') });

    expect(fields).toEqual({ req, res, error: expect.objectContaining({ message: 'x' }) });
    expect(fields['req']).toBe(req);
  });
});
