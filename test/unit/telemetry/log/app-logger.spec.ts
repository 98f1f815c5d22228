import { Secret } from '../../../../src/common/index.js';
import { AppLogger, TelemetryOptions } from '../../../../src/telemetry/index.js';
import { createRootLogger } from '../../../../src/telemetry/log/root-logger.js';

async function recordOf(action: (logger: AppLogger) => void): Promise<Record<string, unknown>> {
  let text = '';
  const options = Object.assign(new TelemetryOptions(), { logLevel: 'trace' });
  const root = await createRootLogger(options, { isProduction: true, output: { write: (line) => (text += line) } });
  action(new AppLogger(root));
  const { time: _time, pid: _pid, hostname: _hostname, ...record } = JSON.parse(text);
  return record;
}

describe("Nest's logger on pino", () => {
  it('writes the context that a Nest logger appends', async () => {
    expect(await recordOf((logger) => logger.log('open', 'Shop'))).toEqual({
      level: 'info',
      context: 'Shop',
      msg: 'open',
    });
  });

  it('keeps what Nest tells of each module and route at start to the level debug, but not its warnings', async () => {
    expect(await recordOf((logger) => logger.log('Mapped {/a, GET} route', 'RouterExplorer'))).toMatchObject({
      level: 'debug',
    });
    expect(await recordOf((logger) => logger.warn('careful', 'RouterExplorer'))).toMatchObject({ level: 'warn' });
  });

  it.each([
    ['fatal', 'fatal'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['log', 'info'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
  ] as const)('writes %s as %s', async (method, level) => {
    expect(await recordOf((logger) => logger[method]('text'))).toEqual({ level, msg: 'text' });
  });

  it('keeps objects after the message apart from its own fields', async () => {
    const record = await recordOf((logger) =>
      logger.log('paid', { amount: 3, level: 'fatal' }, { msg: 'forged' }, 'Shop'),
    );

    expect(record).toEqual({
      level: 'info',
      context: 'Shop',
      params: { amount: 3, level: 'fatal', msg: 'forged' },
      msg: 'paid',
    });
  });

  it('writes [secret] where a secret is the message, or in what comes after it', async () => {
    const secret = new Secret('hunter2');

    expect(await recordOf((logger) => logger.log(secret, 'Shop'))).toEqual({
      level: 'info',
      context: 'Shop',
      msg: '[secret]',
    });
    expect(await recordOf((logger) => logger.log(`with ${secret}`, { secret }))).toEqual({
      level: 'info',
      params: { secret: '[secret]' },
      msg: 'with [secret]',
    });
  });

  it('writes an object as message', async () => {
    expect(await recordOf((logger) => logger.log({ amount: 3 }, 'Shop'))).toEqual({
      level: 'info',
      context: 'Shop',
      params: { amount: 3 },
      msg: '',
    });
  });

  it.each([
    ['after the message', (logger: AppLogger, error: Error) => logger.error('failed', error, 'Shop'), 'failed'],
    ['as the message', (logger: AppLogger, error: Error) => logger.error(error, undefined, 'Shop'), 'disk full'],
  ])('writes an error %s with its stack, its code and its cause', async (_where, write, msg) => {
    const error = Object.assign(new Error('disk full', { cause: new Error('quota') }), { code: 'FULL' });

    const record = await recordOf((logger) => write(logger, error));

    expect(record).toMatchObject({
      level: 'error',
      context: 'Shop',
      msg,
      err: { code: 'FULL', type: 'Error', stack: expect.stringContaining('quota') },
    });
  });

  it('writes a stack that is passed as a text', async () => {
    const stack = 'Error: failed\n    at Shop.open (shop.js:1:2)';

    expect(await recordOf((logger) => logger.error('failed', stack, 'Shop'))).toEqual({
      level: 'error',
      context: 'Shop',
      err: { stack },
      msg: 'failed',
    });
  });

  it.each([
    ['a value that cannot be made a text', Object.create(null)],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    [
      'a cycle',
      (() => {
        const cycle: Record<string, unknown> = {};
        cycle['self'] = cycle;
        return cycle;
      })(),
    ],
    ['a big integer', { amount: 3n }],
    ['a symbol', Symbol('s')],
    ['nothing', undefined],
  ])('writes a line also for %s', async (_name, value) => {
    expect(await recordOf((logger) => logger.error(value, 'Shop'))).toMatchObject({
      level: 'error',
      msg: expect.any(String),
    });
  });

  it("does not take a caller's text for a format", async () => {
    expect(await recordOf((logger) => logger.log('%s %d %o %j', 'Shop'))).toMatchObject({ msg: '%s %d %o %j' });
  });

  const boom = (): Error => new RangeError('boom', { cause: new Error('why') });
  const BOOM = {
    type: 'RangeError',
    message: 'boom',
    stack: expect.stringContaining('why'),
    cause: { type: 'Error', message: 'why' },
  };

  it.each<[string, unknown[], object]>([
    [
      'a field "error"',
      ['failed', { error: boom(), eventId: 1 }, 'Shop'],
      { msg: 'failed', context: 'Shop', params: { eventId: 1 } },
    ],
    ['a field "err"', ['failed', { err: boom() }, 'Shop'], { msg: 'failed', context: 'Shop' }],
    [
      'an object before the text',
      [{ err: boom(), id: 1 }, 'failed', 'Shop'],
      { msg: 'failed', context: 'Shop', params: { id: 1 } },
    ],
    ['an object alone', [{ error: boom() }], { msg: 'boom' }],
    [
      'an object and a context',
      [{ error: boom(), id: 1 }, 'Shop'],
      { msg: 'boom', context: 'Shop', params: { id: 1 } },
    ],
    ['a field of the second object', ['failed', { id: 1 }, { error: boom() }], { msg: 'failed', params: { id: 1 } }],
    [
      'a field of an instance',
      ['failed', Object.assign(new (class Box {})(), { error: boom(), id: 1 })],
      { params: { id: 1 } },
    ],
    [
      'an object without a prototype',
      ['failed', Object.assign(Object.create(null), { error: boom() })],
      { msg: 'failed' },
    ],
    ['the error itself', [boom()], { msg: 'boom' }],
    ['the error, its stack and a context', [boom(), boom().stack, 'Shop'], { msg: 'boom', context: 'Shop' }],
    [
      'the error and what belongs to it',
      [boom(), { id: 1 }, 'Shop'],
      { msg: 'boom', context: 'Shop', params: { id: 1 } },
    ],
    ['the error after the text', ['failed', boom()], { msg: 'failed' }],
    ['the error between text and fields', ['failed', boom(), { id: 1 }, 'Shop'], { msg: 'failed', params: { id: 1 } }],
    [
      'err before error',
      ['failed', { error: new Error('other'), err: boom() }],
      { params: { error: { message: 'other' } } },
    ],
    ['the first of two', ['failed', boom(), new Error('other')], { params: { type: 'Error', message: 'other' } }],
    [
      'the error beside one in a field',
      ['failed', { error: new Error('other') }, boom()],
      { params: { error: { message: 'other' } } },
    ],
  ])(
    'puts the error where it is looked for, with stack and cause: %s',
    async (_title, [message, ...extras], expected) => {
      const record = await recordOf((logger) => logger.error(message, ...extras));

      expect(record).toMatchObject({ level: 'error', err: BOOM, ...expected });
      expect('params' in record).toBe('params' in expected);
    },
  );

  it.each<[string, unknown[], unknown]>([
    ['objects with different fields', ['text', { a: 1 }, { b: 2 }], { a: 1, b: 2 }],
    ['objects with the same field', ['text', { a: 1 }, { a: 2 }], [{ a: 1 }, { a: 2 }]],
    ['a list', ['text', [1, { a: 2 }]], [1, { a: 2 }]],
    ['a list as the message', [[1, 2]], [1, 2]],
    ['a Map and an object', ['text', new Map([['a', 1]]), { b: 1 }], [{ a: 1 }, { b: 1 }]],
    ['a date', ['text', new Date(0)], '1970-01-01T00:00:00.000Z'],
    ['what says itself what it is', ['text', { toJSON: () => [1] }], [1]],
    ['a cause that is no error', ['text', { error: 'late' }], { error: 'late' }],
    [
      'a getter that throws',
      [
        'text',
        { a: 1 },
        {
          get b() {
            throw new Error('no');
          },
        },
      ],
      { a: 1, b: '[cannot be read: no]' },
    ],
    [
      'a proxy that refuses everything',
      ['text', new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse })],
      '[cannot be read: no]',
    ],
  ])('keeps what comes with a message as it is: %s', async (_title, [message, ...extras], params) => {
    expect((await recordOf((logger) => logger.log(message, ...extras)))['params']).toEqual(params);
  });

  it.each<[string, unknown, string]>([
    ['a function', () => 'made when needed', 'made when needed'],
    ['a function that throws', refuse, '[the message could not be made: no]'],
    ['a class', class Shop {}, 'Shop'],
    ['a number', 3, '3'],
    ['a big integer', 3n, '3'],
    ['null', null, 'null'],
    ['false', false, 'false'],
  ])("takes %s for a message as Nest's own logger does", async (_title, message, msg) => {
    expect(await recordOf((logger) => logger.log(message, 'Shop'))).toMatchObject({ context: 'Shop', msg });
  });

  it('shows a person the same', async () => {
    let text = '';
    const options = Object.assign(new TelemetryOptions(), { logFormat: 'pretty' });
    const root = await createRootLogger(options, { isProduction: true, output: { write: (line) => (text += line) } });
    new AppLogger(root).error('failed', { error: boom(), list: new Set([1]) }, 'Shop');

    expect(text).toMatch(/ERROR: \[Shop\] failed \{"params":\{"list":\[1\]\}\}\n/);
    expect(text).toMatch(/RangeError: boom\n +at .*caused by: Error: why\n +at /s);
  });
});

function refuse(): never {
  throw new Error('no');
}
