import { cell, jsonText, timeText } from '../../../../src/cli/command/terminal-text.js';

const HOSTILE = 'a\u001B[31mb\u009B1Jc\u202Ed\u2028e\u{E0041}f\u200Bg\n';

describe('what plugins have stored', () => {
  it('is the same for a program, and moves no cursor', () => {
    const text = jsonText({ name: HOSTILE }, 2);

    expect(JSON.parse(text)).toEqual({ name: HOSTILE });
    // eslint-disable-next-line no-control-regex
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text).toContain('\\ud');
    expect(text.split('\n')).toHaveLength(3);
  });

  it('is one line of a table, cut where it is long', () => {
    expect(cell('a\u001B[31mb\nc\u202Ed')).toBe('ab c d');
    expect(cell('x'.repeat(500))).toHaveLength(200);
  });

  it('shows a time that no calendar knows as a number', () => {
    expect(timeText(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(timeText(9e15)).toBe('9000000000000000');
  });
});
