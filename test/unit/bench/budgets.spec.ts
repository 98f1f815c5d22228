/** What `npm run bench` makes of the limits in bench/budgets.json. */
import { existsSync } from 'node:fs';
import { judge, readBudgets, tableOf, type Budget, type Verdict } from '../../../bench/support/budgets.js';

const MOST: Budget = {
  id: 'most',
  what: 'a ratio',
  bound: 'most',
  limit: 2,
  unit: 'ratio',
  measuredBy: 'dispatch',
  met: true,
};
const LEAST: Budget = { ...MOST, id: 'least', bound: 'least' };

describe('The limits of the benchmarks', () => {
  it.each<[name: string, budget: Budget, value: number | undefined, verdict: Verdict]>([
    ['within the most', MOST, 1.9, 'met'],
    ['at the most', MOST, 2, 'met'],
    ['above the most', MOST, 2.1, 'missed'],
    ['at the least', LEAST, 2, 'met'],
    ['below the least', LEAST, 1.9, 'missed'],
    ['above the least', LEAST, 100, 'met'],
    ['not a number', MOST, NaN, 'missed'],
    ['not a number, for the least', LEAST, NaN, 'missed'],
    ['not measured although it was met', MOST, undefined, 'missed'],
    ['not measured for want of a program', { ...MOST, needs: 'redis-server' }, undefined, 'not measured'],
    ['never met and missed', { ...MOST, met: false }, 3, 'not met yet'],
    ['never met and not a number', { ...MOST, met: false }, NaN, 'not met yet'],
    ['met for the first time', { ...MOST, met: false }, 1, 'met now'],
    ['never met and not measured', { ...MOST, met: false }, undefined, 'not measured'],
    ['of a part that is not built', { ...MOST, measuredBy: null, met: false }, undefined, 'not built'],
  ])('judges a figure %s', (_name, budget, value, verdict) => {
    const results = value === undefined ? [] : [{ id: budget.id, value, details: {} }];

    expect(judge([budget], results)).toEqual([{ budget, value, verdict }]);
  });

  it('refuse a figure that has no limit, and two for one limit', () => {
    expect(() => judge([MOST], [{ id: 'other', value: 1, details: {} }])).toThrow('no limit for other');
    const twice = { id: 'most', value: 1, details: {} };
    expect(() => judge([MOST], [twice, twice])).toThrow('Two results');
  });

  it('are printed with figure, bound and verdict', () => {
    expect(tableOf(judge([MOST], [{ id: 'most', value: 1.23456, details: {} }]))).toEqual([
      { limit: 'most', measured: 1.235, bound: '<= 2 ratio', verdict: 'met', what: 'a ratio' },
    ]);
  });

  it('have an id each, and a benchmark or the name of the part that is not built', () => {
    const budgets = readBudgets();

    expect(new Set(budgets.map(({ id }) => id)).size).toBe(budgets.length);
    const wrong = budgets.filter(({ measuredBy, part, met }) => {
      if (measuredBy === null) return part === undefined || met === true;
      return (
        part !== undefined ||
        met === undefined ||
        !existsSync(new URL(`../../../bench/${measuredBy}/index.ts`, import.meta.url))
      );
    });
    expect(wrong).toEqual([]);
  });
});
