/** Texts with units and the numbers that they stand for. Pure; the decorators are in `quantity.decorator.ts`. */

export type Quantity = 'duration' | 'byteSize';

/** Seconds. A `d` is 24 hours. */
const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };
/** Longest first, as they must stand: `1h30m`, not `30m1h`. */
const DESCENDING = ['d', 'h', 'm', 's', 'ms'];

/** Bytes. `kB` and `KB` are 1,000, `KiB` is 1,024. */
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

const PLAIN_NUMBER = /^(?:0|[1-9]\d{0,15})(?:\.\d{1,9})?$/;
const DURATION = /^(?:(?:0|[1-9]\d{0,15})(?:\.\d{1,9})?(?:ms|[dhms]))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|[dhms])/g;
const BYTE_SIZE = /^((?:0|[1-9]\d{0,15})(?:\.\d{1,9})?)([A-Za-z]{1,3})$/;

const LARGEST_FIRST: Readonly<Record<Quantity, readonly string[]>> = {
  duration: ['d', 'h', 'm'],
  byteSize: ['TiB', 'GiB', 'MiB', 'KiB', 'TB', 'GB', 'MB', 'kB'],
};

const LONGEST_TEXT = 64;

/** What may be written, for messages. */
export const EXAMPLES: Readonly<Record<Quantity, string>> = {
  duration: 'a number of seconds or a text such as 250ms, 30s, 5m or 1h30m',
  byteSize: 'a number of bytes or a text such as 500kB, 10MB or 1MiB',
};

/** How a text with a unit is written, for one who has written it otherwise: `5 minutes`. */
export const UNIT_FORM: Readonly<Record<Quantity, string>> = {
  duration: `each number with one of ${DESCENDING.join(', ')} directly after it, the longest unit first`,
  byteSize: `a number with one of ${Object.keys(BYTES).join(', ')} directly after it`,
};

/** Seconds or bytes; `undefined` for any other text. A plain number counts seconds or bytes. */
export function readQuantity(text: string, quantity: Quantity): number | undefined {
  return text.length <= LONGEST_TEXT && PLAIN_NUMBER.test(text) ? Number(text) : readUnits(text, quantity);
}

/** The same, where a number would not have been a text: in YAML, `"30"` in quotes is a mistake here as it is elsewhere. */
export function readUnits(text: string, quantity: Quantity): number | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  return quantity === 'duration' ? readDuration(text) : readByteSize(text);
}

function readDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(DURATION_PART)].map(([, count = '', unit = '']) => ({ count: Number(count), unit }));
  const places = parts.map(({ unit }) => DESCENDING.indexOf(unit));
  if (places.some((place, index) => index > 0 && place <= (places[index - 1] ?? 0))) return undefined;
  // In whole nanoseconds, so that 100ms is 0.1 and not its neighbour.
  const nanoseconds = parts.reduce(
    (sum, { count, unit }) => sum + Math.round(count * (SECONDS[unit] ?? Number.NaN) * 1e9),
    0,
  );
  return nanoseconds / 1e9;
}

/** `undefined` also where it is not a whole number of bytes. */
function readByteSize(text: string): number | undefined {
  const [, count = '', unit = ''] = BYTE_SIZE.exec(text) ?? [];
  const factor = Object.hasOwn(BYTES, unit) ? BYTES[unit] : undefined;
  const bytes = factor === undefined ? Number.NaN : Number(count) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** As an operator would write it, in the largest unit that leaves a whole number: `30s`, `250ms`, `5m`, `10MiB`. */
export function formatQuantity(value: number, quantity: Quantity): string {
  if (quantity === 'duration' && value !== 0 && value < 1) return `${Number((value * 1_000).toFixed(6))}ms`;
  const factors = quantity === 'duration' ? SECONDS : BYTES;
  const unit = LARGEST_FIRST[quantity].find((name) => value !== 0 && value % (factors[name] ?? 1) === 0);
  if (unit !== undefined) return `${value / (factors[unit] ?? 1)}${unit}`;
  if (quantity === 'duration') return `${value}s`;
  return value === 1 ? '1 byte' : `${value} bytes`;
}
