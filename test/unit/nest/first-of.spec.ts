import { firstOf } from '../../../src/nest/first-of.js';

const graph = (edges: Record<string, string[]>) => (one: string) => edges[one] ?? [];

describe('those that others wait for in the end', () => {
  it('finds those that wait for nothing, each once, at any distance', () => {
    expect(firstOf(['a', 'b', 'e'], graph({ a: ['b', 'c'], b: ['c', 'd'] }))).toEqual(['c', 'd', 'e']);
  });

  it('returns all of those that wait if they wait for each other in a circle', () => {
    expect(firstOf(['a', 'b'], graph({ a: ['b'], b: ['a'] }))).toEqual(['a', 'b']);
  });
});
