/** The order of texts by code points, which is that of UTF-8 in a file; that of JavaScript's `<` differs beyond the basic plane. */

/** Negative where `a` comes before `b`, 0 where they are the same text. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

/** Surrogates stand below U+E000 among code units, and above U+FFFF, which is above it, among code points. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
