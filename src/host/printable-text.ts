/** Text that a stranger wrote, made safe for a terminal and for a log: one line, nothing that moves the cursor or turns the writing around. */

// Control characters are what this file is about.
// eslint-disable-next-line no-control-regex
const ESCAPE_SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]{0,1000}(?:\u0007|\u001B\\)|[@-Z\\-_])/g;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** The text without terminal sequences, with every run of control, format and line characters as one space, cut at `maxLength` characters. */
export function printableText(text: string, maxLength = 1_000): string {
  const line = text
    .slice(0, maxLength * 4)
    .replace(ESCAPE_SEQUENCE, '')
    .replace(INVISIBLE, ' ')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}
