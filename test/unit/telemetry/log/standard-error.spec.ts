import { errorLine } from '../../../../src/telemetry/log/standard-error.js';

const TEXTS = ['one line', 'two\nlines', 'a "quoted" word', '\u001b[31mred\u202e', 'x'.repeat(20_000)];

describe('lines on the standard error', () => {
  it.each(TEXTS)('are one record each where the log is JSON, with the fields that its lines have (%#)', (msg) => {
    const line = errorLine({ level: 'fatal', context: 'Watchdog', plugin: 'shop', msg }, 'json', 86_400_000);

    expect(line.endsWith('\n')).toBe(true);
    expect(line.trimEnd()).not.toContain('\n');
    expect(line.length).toBeLessThan(10_000);
    expect(JSON.parse(line)).toMatchObject({
      level: 'fatal',
      time: '1970-01-02T00:00:00.000Z',
      pid: process.pid,
      context: 'Watchdog',
      plugin: 'shop',
    });
  });

  it('are the text alone where the log is for a person', () => {
    expect(errorLine({ level: 'warn', context: 'Watchdog', msg: 'It is blocked.' }, 'pretty', 0)).toBe(
      'It is blocked.\n',
    );
  });
});
