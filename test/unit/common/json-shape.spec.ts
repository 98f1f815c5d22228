import { jsonShapeProblem } from '../../../src/common/index.js';

const problemOf = (json: string, limits = { maxDepth: 3, maxKeys: 5 }): string | undefined =>
  jsonShapeProblem(Buffer.from(json), limits);

describe('the shape of JSON', () => {
  it.each([
    '',
    '7',
    '"[[[[[["',
    '"\\"[[[[[["',
    '"\\\\"',
    '[[[1]]]',
    '{"a":{"b":{"c":1}}}',
    '[[],[]]',
    '[1,2,3,4,5]',
    '{"a":1,"b":2,"c":[1]}',
    '{"a,b,c,d,e,f,g":1}',
    // No JSON at all: its parser says so.
    ']]]]]]]',
    '"',
    '\\',
  ])('has no problem in %j', (json) => {
    expect(problemOf(json)).toBeUndefined();
  });

  it.each([
    ['[[[[1]]]]', 'has more than 3 levels'],
    ['{"a":{"b":{"c":{}}}}', 'has more than 3 levels'],
    ['[{"a":[{}]}]', 'has more than 3 levels'],
    ['"\\\\"[[[[', 'has more than 3 levels'],
    ['['.repeat(30_000), 'has more than 3 levels'],
    ['[1,2,3,4,5,6]', 'has more than 5 keys and list elements'],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', 'has more than 5 keys and list elements'],
    ['[[],[],[],[],[]]', 'has more than 5 keys and list elements'],
    ['{"a":[1,2],"b":[3,4]}', 'has more than 5 keys and list elements'],
  ])('has a problem in %j', (json, problem) => {
    expect(problemOf(json)).toBe(problem);
  });

  it('counts as a parser does, for any JSON', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce<number>(
            (sum, each) => sum + 1 + count(each),
            Object.keys(value).length === 0 ? 1 : 0,
          )
        : 0;
    for (const value of [
      [1, [2, { a: 'x,"[{', b: [] }], {}],
      { 'k"\\': [null, true, -1.5e3] },
      [[[]]],
      { a: { b: {} } },
    ]) {
      const exact = count(value);
      const json = JSON.stringify(value);
      expect([json, problemOf(json, { maxDepth: 9, maxKeys: exact })]).toEqual([json, undefined]);
      expect(problemOf(json, { maxDepth: 9, maxKeys: exact - 1 })).toContain('keys');
    }
  });
});
