/** Strongly connected components by Kosaraju's algorithm, without recursion: a chain of plugins may be longer than the stack is deep. */

export type Neighbours = (name: string) => readonly string[];

/**
 * Groups names so that those of one group can all reach each other: a group of more than one name holds a cycle.
 * A group comes after every group that it points to; names in a group are sorted. Every neighbour must be one of `names`.
 */
export function stronglyConnectedComponents(names: readonly string[], neighbours: Neighbours): string[][] {
  const reversed = reversedEdges(names, neighbours);
  const assigned = new Set<string>();
  const components: string[][] = [];
  for (const name of finishingOrder(names, neighbours).toReversed()) {
    if (assigned.has(name)) continue;
    const component = new Set([name]);
    for (const member of component) {
      assigned.add(member);
      for (const source of reversed.get(member) ?? []) if (!assigned.has(source)) component.add(source);
    }
    components.push([...component].sort());
  }
  return components.toReversed();
}

/** Each name after all that it can reach, except along cycles. */
function finishingOrder(names: readonly string[], neighbours: Neighbours): string[] {
  const seen = new Set<string>();
  const finished: string[] = [];
  for (const start of names) {
    if (seen.has(start)) continue;
    seen.add(start);
    const path = [{ name: start, rest: neighbours(start).values() }];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { value: next } = top.rest.next();
      if (next === undefined) finished.push(path.pop()?.name ?? top.name);
      else if (!seen.has(next)) {
        seen.add(next);
        path.push({ name: next, rest: neighbours(next).values() });
      }
    }
  }
  return finished;
}

function reversedEdges(names: readonly string[], neighbours: Neighbours): Map<string, string[]> {
  const reversed = new Map(names.map((name): [string, string[]] => [name, []]));
  for (const name of names) for (const target of neighbours(name)) reversed.get(target)?.push(name);
  return reversed;
}
