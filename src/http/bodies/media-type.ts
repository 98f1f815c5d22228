/** Reads content types, and compares them with patterns. */

export interface MediaType {
  /** Lower case, without parameters: `text/csv`. */
  readonly essence: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const NAME = '[!#$&^_.+0-9A-Za-z-]+';
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const ESSENCE = new RegExp(`^${NAME}/${NAME}$`);
const PARAMETER = new RegExp(`^(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]*)")$`);
const PATTERN = new RegExp(`^(?:\\*/\\*|${NAME}/(?:\\*|${NAME}))$`);
/** Longer than any that is meant. */
const LONGEST = 300;

/** `undefined` for what is not one content type. */
export function parseMediaType(header: string): MediaType | undefined {
  if (header.length > LONGEST) return undefined;
  const [essence = '', ...parameters] = header.split(';').map((part) => part.trim());
  if (!ESSENCE.test(essence)) return undefined;
  const pairs = new Map<string, string>();
  for (const parameter of parameters) {
    if (parameter === '') continue;
    const [, name, token, quoted] = PARAMETER.exec(parameter) ?? [];
    if (name === undefined || pairs.has(name.toLowerCase())) return undefined;
    pairs.set(name.toLowerCase(), token ?? quoted ?? '');
  }
  return { essence: essence.toLowerCase(), parameters: pairs };
}

export function isMediaTypePattern(text: string): boolean {
  return PATTERN.test(text);
}

/** @param pattern `audio/wav`, `audio/*`, or a star on both sides; in lower case */
export function matchesMediaType(essence: string, pattern: string): boolean {
  if (pattern === '*/*') return true;
  return pattern.endsWith('/*') ? essence.startsWith(pattern.slice(0, -1)) : essence === pattern;
}
