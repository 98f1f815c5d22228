import * as fc from 'fast-check';
import { printableText } from '../../../src/host/index.js';

describe('text of strangers', () => {
  it.each([
    ['plain, ünïcode and 日本語 stay', 'plain, ünïcode and 日本語 stay'],
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]0;title\u0007text', 'text'],
    ['one\r\ntwo\tthree\u2028four', 'one two three four'],
    ['right\u202Eto left', 'right to left'],
    ['c1\u009B2J control', 'c1 2J control'],
  ])('turns %j into %j', (text, expected) => {
    expect(printableText(text)).toBe(expected);
  });

  it('never keeps a control, format or line character, and never grows over its limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const printed = printableText(text, 20);
        expect(printed).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(printed.length).toBeLessThanOrEqual(20);
      }),
    );
  });

  it('cuts a long text and says so', () => {
    expect(printableText('abcdef', 4)).toBe('abc…');
  });
});
