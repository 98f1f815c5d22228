import fc from 'fast-check';
import { isEventName, isEventPattern, matchesPattern } from '../../../../src/events/contracts/event-name.js';

describe('the names of events', () => {
  it.each(['recording', 'recording.ended', 'noise-reduction.model2.loaded'])('accepts %s', (name) => {
    expect(isEventName(name)).toBe(true);
  });

  it.each([
    '',
    'Recording',
    'recording.',
    '.ended',
    'a..b',
    'a b',
    'a.*',
    '2nd.ended',
    '-a',
    'a\n',
    'x'.repeat(201),
    7,
    undefined,
  ])('refuses %j', (name) => {
    expect(isEventName(name)).toBe(false);
  });

  it.each(['*', '**', 'recording.*', '**.ended', 'userCreated', 'order:created', 'a.**.b'])(
    'accepts %s as a pattern',
    (pattern) => {
      expect(isEventPattern(pattern)).toBe(true);
    },
  );

  it.each(['', 'a.', 'rec*', 'a.***', 'a b', Symbol('a')])('refuses %p as a pattern', (pattern) => {
    expect(isEventPattern(pattern)).toBe(false);
  });

  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.**', 'a.b.c', true],
    ['a.**', 'a', true],
    ['**', 'a.b', true],
    ['**.c', 'a.b.c', true],
    ['**.c', 'c', true],
    ['a.**.c', 'a.c', true],
    ['a.**.c', 'a.b.b.c', true],
    ['a.**.c', 'a.b.b.d', false],
    ['*.b.**', 'a.b', true],
  ])('%s covers %s: %p', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('agrees with trying every way to spread the segments', () => {
    const segment = fc.constantFrom('a', 'b');
    const names = fc.array(segment, { minLength: 1, maxLength: 6 });
    const patterns = fc.array(fc.oneof(segment, fc.constantFrom('*', '**')), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        expect(matchesPattern(pattern.join('.'), name.join('.'))).toBe(matchesSomehow(pattern, name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not take long over a pattern made to be slow', () => {
    const cpuUsOf = (stars: number, turns: number): number => {
      const pattern = '**.a.'.repeat(stars) + 'b';
      const name = 'a.'.repeat(90) + 'c';
      let matches = 0;
      const before = process.threadCpuUsage();
      for (let turn = 0; turn < turns; turn++) if (matchesPattern(pattern, name)) matches++;
      const { user, system } = process.threadCpuUsage(before);
      expect(matches).toBe(0);
      return user + system;
    };
    // Some systems count time in steps of 10 ms: what is measured takes several of them.
    let turns = 50;
    while (cpuUsOf(2, turns) < 50_000) turns *= 2;
    // All ways to place twenty stars are more than 10^15 times those to place two.
    const few = cpuUsOf(2, turns);
    expect(cpuUsOf(20, turns) / few).toBeLessThan(100);
  });
});

function matchesSomehow(pattern: readonly string[], name: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return name.length === 0;
  if (first === '**') return matchesSomehow(rest, name) || (name.length > 0 && matchesSomehow(pattern, name.slice(1)));
  return name.length > 0 && (first === '*' || first === name[0]) && matchesSomehow(rest, name.slice(1));
}
