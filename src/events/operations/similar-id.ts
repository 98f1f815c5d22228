/** Finds the id that a mistyped or cut one was probably meant to be. */
import { nearestWord } from '../../common/index.js';

/** Shorter beginnings say too little. */
const SHORTEST = 8;

export function similarId(text: string, ids: readonly string[]): string | undefined {
  if (text.length > 100) return undefined;
  const whole = text.length < SHORTEST ? [] : ids.filter((id) => id.startsWith(text) || text.startsWith(id));
  return whole.length > 0 ? whole[0] : nearestWord(text, ids);
}
