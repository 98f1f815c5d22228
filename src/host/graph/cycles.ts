/** Finds the cycles to report in a group of plugins that can all reach each other. */
import type { Neighbours } from './components.js';

/** Cycles of one group that are reported beyond those that name each of its plugins once. */
const MAX_EXTRA_CYCLES = 200;

/**
 * Cycles as paths that return to their first name, which is the first in the alphabet: `a`, `b`, `a`. Each is a shortest one through
 * some edge, and each is there once. Every plugin of the component is on one of them; every edge too, in a component that needs no more
 * than `MAX_EXTRA_CYCLES` for it. (All elementary cycles can be exponentially many.)
 */
export function cyclesWithin(component: readonly string[], neighbours: Neighbours): string[][] {
  const members = new Set(component);
  const inside = new Map(component.map((name) => [name, neighbours(name).filter((other) => members.has(other))]));
  const insideOf: Neighbours = (name) => inside.get(name) ?? [];
  const covered = new Set<string>();
  const cycles: string[][] = [];
  const add = (from: string, to: string): void => {
    const cycle = fromSmallest(shortestPath(to, from, insideOf));
    for (const [position, name] of cycle.entries()) covered.add(name).add(edgeKey(name, cycle[position + 1] ?? ''));
    cycles.push(cycle);
  };
  for (const from of component) {
    const [to] = insideOf(from);
    if (to !== undefined && !covered.has(from)) add(from, to);
  }
  const most = cycles.length + MAX_EXTRA_CYCLES;
  for (const from of component) {
    for (const to of insideOf(from)) if (cycles.length < most && !covered.has(edgeKey(from, to))) add(from, to);
  }
  return cycles;
}

/** The names from `start` to `goal`, both included. There is a path, because both are in one component. */
function shortestPath(start: string, goal: string, neighbours: Neighbours): string[] {
  const cameFrom = new Map<string, string | undefined>([[start, undefined]]);
  for (const current of cameFrom.keys()) {
    if (current === goal) break;
    for (const next of neighbours(current)) if (!cameFrom.has(next)) cameFrom.set(next, current);
  }
  const path: string[] = [];
  for (let at: string | undefined = goal; at !== undefined; at = cameFrom.get(at)) path.push(at);
  return path.toReversed();
}

/** Turns the ring so that it begins, and ends, with its first name in the alphabet. */
function fromSmallest(ring: readonly string[]): string[] {
  const smallest = ring.indexOf(ring.reduce((first, name) => (name < first ? name : first)));
  const turned = [...ring.slice(smallest), ...ring.slice(0, smallest)];
  return [...turned, ...turned.slice(0, 1)];
}

/** Plugin names have no space in them. */
function edgeKey(from: string, to: string): string {
  return `${from} ${to}`;
}
