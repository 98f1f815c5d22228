import { firstOf } from '../../../src/nest/first-of.js';

const graph = (edges: Record<string, string[]>) => (one: string) => edges[one] ?? [];

describe('those that others wait for in the end', () => {
  it('are the ones that wait for nothing, each once, however long the way to them', () => {
    expect(firstOf(['a', 'b', 'e'], graph({ a: ['b', 'c'], b: ['c', 'd'] }))).toEqual(['c', 'd', 'e']);
  });

  it('are all of those that wait, where they wait for each other in a circle', () => {
    expect(firstOf(['a', 'b'], graph({ a: ['b'], b: ['a'] }))).toEqual(['a', 'b']);
  });
});
