import { Secret } from '../../../src/common/index.js';
import { AppLogger, TelemetryOptions } from '../../../src/telemetry/index.js';
import { createRootLogger } from '../../../src/telemetry/root-logger.js';

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
    expect(await recordOf((logger) => logger.log('open', 'Shop'))).toEqual({ level: 'info', context: 'Shop', msg: 'open' });
  });

  it('keeps what Nest tells of each module and route at start to the level debug, but not its warnings', async () => {
    expect(await recordOf((logger) => logger.log('Mapped {/a, GET} route', 'RouterExplorer'))).toMatchObject({ level: 'debug' });
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
    const record = await recordOf((logger) => logger.log('paid', { amount: 3, level: 'fatal' }, { msg: 'forged' }, 'Shop'));

    expect(record).toEqual({ level: 'info', context: 'Shop', params: { amount: 3, level: 'fatal', msg: 'forged' }, msg: 'paid' });
  });

  it('writes [secret] where a secret is the message, or in what comes after it', async () => {
    const secret = new Secret('hunter2');

    expect(await recordOf((logger) => logger.log(secret, 'Shop'))).toEqual({ level: 'info', context: 'Shop', msg: '[secret]' });
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
    expect(await recordOf((logger) => logger.error(value, 'Shop'))).toMatchObject({ level: 'error', msg: expect.any(String) });
  });

  it("does not take a caller's text for a format", async () => {
    expect(await recordOf((logger) => logger.log('%s %d %o %j', 'Shop'))).toMatchObject({ msg: '%s %d %o %j' });
  });
});
