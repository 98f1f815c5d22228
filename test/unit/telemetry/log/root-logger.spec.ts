import * as fc from 'fast-check';
import { runInContext, TelemetryOptions } from '../../../../src/telemetry/index.js';
import { createRootLogger } from '../../../../src/telemetry/log/root-logger.js';

class Lines {
  readonly isTTY: boolean;
  text = '';

  constructor({ isTTY = false } = {}) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }

  records(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }
}

const optionsWith = (changes: Partial<TelemetryOptions>): TelemetryOptions =>
  Object.assign(new TelemetryOptions(), changes);

async function loggerInto(output: Lines, changes: Partial<TelemetryOptions> = {}) {
  return createRootLogger(optionsWith(changes), { isProduction: true, output });
}

/** What acts on a terminal or a viewer: C0 but the line break, DEL, C1, line separators, direction overrides, the byte order mark. */
// oxlint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\r', '\n', '\u001b[2J', '\0', '\u2028', '\u202e', '\u009b', '\\n', '%s', '"'),
  ),
);

describe('the logger of the application', () => {
  it('puts plugin, event and correlation id on every line inside a context, and none outside', async () => {
    const output = new Lines();
    const logger = await loggerInto(output);

    logger.info('outside');
    runInContext({ plugin: 'shop', eventId: 'e-1', eventName: 'order.placed', correlationId: 'c-1' }, () =>
      logger.info('inside'),
    );

    const [outside, inside] = output.records();
    expect(inside).toMatchObject({
      level: 'info',
      msg: 'inside',
      plugin: 'shop',
      eventId: 'e-1',
      eventName: 'order.placed',
      correlationId: 'c-1',
    });
    expect(Object.keys(outside ?? {})).toEqual(['level', 'time', 'pid', 'hostname', 'msg']);
  });

  it('does not let a record claim another plugin than the one that writes it', async () => {
    const output = new Lines();
    const logger = await loggerInto(output);

    runInContext({ plugin: 'shop' }, () => logger.info({ plugin: 'ledger', amount: 3 }, 'paid'));

    expect(output.records()).toMatchObject([{ plugin: 'shop', amount: 3 }]);
  });

  it('writes nothing below its level', async () => {
    const output = new Lines();
    const logger = await loggerInto(output, { logLevel: 'warn' });

    logger.info('quiet');
    logger.warn('loud');

    expect(output.records()).toMatchObject([{ msg: 'loud' }]);
  });

  it('never writes the headers that hold secrets, wherever they stand in a record', async () => {
    const output = new Lines();
    const logger = await loggerInto(output);
    const headers = {
      authorization: 'canary',
      cookie: 'canary',
      'set-cookie': ['canary'],
      Authorization: 'canary',
      accept: 'text/plain',
    };
    const failed = Object.assign(new Error('refused'), { config: { headers: { ...headers } } });

    logger.info({ headers: { ...headers } }, 'top');
    logger.info({ request: { headers: { ...headers } } }, 'nested');
    logger.info({ ...headers }, 'bare');
    logger.error(failed);
    logger.info(
      { params: { list: [{ response: { headers: { ...headers, 'Proxy-Authorization': 'canary' } } }] } },
      'deep',
    );

    expect(output.text).not.toContain('canary');
    expect(output.records()[1]).toMatchObject({
      request: { headers: { authorization: '[secret]', accept: 'text/plain' } },
    });
  });

  it('S-14 writes one line of valid JSON without control or direction characters for any text in message, field and key', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (parts) => {
        const text = parts.join('');
        const output = new Lines();
        const logger = await loggerInto(output);

        logger.info({ field: text, nested: { [`key ${text}`]: text } }, text.replaceAll('%', '%%'));

        expect(output.records()).toHaveLength(1);
        expect(output.text.slice(0, -1)).not.toMatch(OBEYED);
        expect(output.text.slice(0, -1)).not.toContain('\n');
        expect(output.records()[0]?.['field']).toBe(text.toWellFormed());
      }),
    );
  });

  it('S-14 cuts texts over 8 KiB wherever they stand', async () => {
    const output = new Lines();
    const logger = await loggerInto(output);
    const long = 'x'.repeat(1_000_000);

    logger.info({ deep: { list: [long] } }, long);

    expect(output.text.length).toBeLessThan(20_000);
    expect(output.records()).toMatchObject([{ msg: `${'x'.repeat(8_192)}… (1000000 characters)` }]);
  });
});

describe('the pretty form', () => {
  it.each([
    { logFormat: 'auto', isTTY: true, isProduction: false, isPretty: true },
    { logFormat: 'auto', isTTY: false, isProduction: false, isPretty: false },
    { logFormat: 'auto', isTTY: true, isProduction: true, isPretty: false },
    { logFormat: 'pretty', isTTY: false, isProduction: true, isPretty: true },
    { logFormat: 'json', isTTY: true, isProduction: false, isPretty: false },
  ] as const)(
    'is chosen: $isPretty for $logFormat, terminal $isTTY, production $isProduction',
    async ({ logFormat, isTTY, isProduction, isPretty }) => {
      const output = new Lines({ isTTY });
      const logger = await createRootLogger(optionsWith({ logFormat }), { isProduction, output });

      logger.info({ context: 'Shop' }, 'open');

      expect(output.text.startsWith('{')).toBe(!isPretty);
      expect(output.text).toContain('open');
    },
  );

  it('keeps the lines of a message and of a stack under the record that they belong to', async () => {
    const output = new Lines();
    const logger = await loggerInto(output, { logFormat: 'pretty' });

    logger.error({ context: 'Config', err: new Error('no file') }, 'two problems:\n  - first\n  - second');

    const [first, ...rest] = output.text.trimEnd().split('\n');
    expect(first).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] ERROR: \[Config\] two problems:$/);
    expect(rest.slice(0, 2)).toEqual(['        - first', '        - second ']);
    expect(rest.every((line) => line.startsWith('    '))).toBe(true);
    expect(rest.some((line) => line.trim().startsWith('at '))).toBe(true);
  });

  it('S-14 never lets a text begin a line of its own or reach the terminal as a control', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (parts) => {
        const text = parts.join('\n[00:00:00.000] INFO: forged');
        const output = new Lines();
        const logger = await loggerInto(output, { logFormat: 'pretty' });

        logger.error(
          { field: text, context: text, [`key ${text}`]: 1, err: new Error(text) },
          text.replaceAll('%', '%%'),
        );
        expect(
          output.text
            .slice(1)
            .split('\n')
            .filter((line) => line !== '' && !line.startsWith(' ')),
        ).toHaveLength(1);
        expect(output.text).not.toMatch(OBEYED);
      }),
    );
  });
});
