/** Reads moments as an operator types them. */
import { readUnits } from '../../config/index.js';

const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/**
 * A date means its first moment; a time without a zone is in the zone of this machine.
 *
 * @returns milliseconds since 1970; `undefined` for any other text
 */
export function readMoment(text: string, nowMs: number): number | undefined {
  const seconds = readUnits(text, 'duration');
  if (seconds !== undefined) return Math.floor(nowMs - seconds * 1_000);
  const [, year, month, day, hour] = DATE.exec(text) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  return new Date(hour === undefined ? `${text}T00:00` : text.replace(' ', 'T')).getTime();
}

/** JavaScript reads the 30th of February as a day in March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
