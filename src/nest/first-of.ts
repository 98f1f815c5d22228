/** Finds in a graph of things that wait for each other those that the others wait for in the end. */

/**
 * @param waiting where to begin
 * @param waitsFor what one waits for
 * @returns those that wait for nothing; `waiting` itself if all of them wait in circles
 */
export function firstOf<T>(waiting: readonly T[], waitsFor: (one: T) => readonly T[]): T[] {
  const first = new Set<T>();
  const seen = new Set<T>();
  const follow = (one: T): void => {
    if (seen.has(one)) return;
    seen.add(one);
    const others = waitsFor(one);
    if (others.length === 0) first.add(one);
    for (const other of others) follow(other);
  };
  for (const one of waiting) follow(one);
  return [...(first.size > 0 ? first : waiting)];
}
