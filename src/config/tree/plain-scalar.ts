/** How YAML types a word without quotes: `30` is a number, `true` a truth value, anything else text. */
import { isScalar, parseDocument, Scalar } from 'yaml';

/**
 * The value of `text` as an unquoted YAML 1.2 scalar; never a map or a list. What YAML would read as more than one plain word,
 * such as `a: b`, `[1]`, `"quoted"` or `text # comment`, is the text itself.
 */
export function readPlainScalar(text: string): string | number | boolean | null {
  if (text === '') return null;
  // Longer than any number or word with a type of its own.
  if (text.length > 400) return text;
  const document = parseDocument(text, { version: '1.2', prettyErrors: false });
  const node = document.contents;
  if (document.errors.length > 0 || !isScalar(node) || node.type !== Scalar.PLAIN || node.source !== text) return text;
  const { value } = node;
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : text;
}

/** Whether a whole number in the source is too large to be held exactly. */
export function losesDigits(value: unknown, source: string | undefined): boolean {
  return (
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    /^[-+]?(\d+|0o[0-7]+|0x[\da-fA-F]+)$/.test(source)
  );
}
