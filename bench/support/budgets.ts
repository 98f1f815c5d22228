/** The limits of bench/budgets.json, and what a run makes of them. */
import { readFileSync } from 'node:fs';
import type { BenchResult } from './bench-result.ts';

export interface Budget {
  readonly id: string;
  readonly what: string;
  /** Whether the limit is the most or the least that is allowed. */
  readonly bound: 'most' | 'least';
  readonly limit: number;
  readonly unit: string;
  /** The benchmark, by its folder; `null` while the part is not built or is measured by hand. */
  readonly measuredBy: string | null;
  /** The part of the product, where nothing measures the limit yet. */
  readonly part?: string;
  /** What has to be installed for it; without that it is not measured. */
  readonly needs?: string;
  /** Whether it was ever met: then it stays so, and a run that misses it fails. */
  readonly met?: boolean;
}

/**
 * `missed`: it was met once. `not met yet`: it never was. `met now`: for the first time: set `met` in bench/budgets.json. `not measured`: the
 * machine lacks what it needs. `not built`: there is no benchmark.
 */
export type Verdict = 'met' | 'met now' | 'missed' | 'not met yet' | 'not measured' | 'not built';

export interface Judgement {
  readonly budget: Budget;
  readonly value: number | undefined;
  readonly verdict: Verdict;
}

export function readBudgets(): Budget[] {
  return JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8')) as Budget[];
}

/** @returns a judgement for each budget, in their order @throws RangeError for results without a budget, and for two of one */
export function judge(budgets: readonly Budget[], results: readonly BenchResult[]): Judgement[] {
  const values = new Map(results.map(({ id, value }) => [id, value]));
  if (values.size < results.length) throw new RangeError('Two results have the id of one limit.');
  const known = new Set(budgets.map(({ id }) => id));
  const unknown = [...values.keys()].filter((id) => !known.has(id));
  if (unknown.length > 0) throw new RangeError(`bench/budgets.json has no limit for ${unknown.join(', ')}.`);
  return budgets.map((budget) => {
    const value = values.get(budget.id);
    return { budget, value, verdict: verdictOf(budget, value) };
  });
}

function verdictOf({ measuredBy, needs, bound, limit, met = false }: Budget, value: number | undefined): Verdict {
  if (measuredBy === null) return 'not built';
  // A benchmark that has lost a figure must not pass.
  if (value === undefined) return met && needs === undefined ? 'missed' : 'not measured';
  // Also where the figure is not a number.
  const isWithin = bound === 'most' ? value <= limit : value >= limit;
  if (isWithin) return met ? 'met' : 'met now';
  return met ? 'missed' : 'not met yet';
}

/** Rows for `console.table`. */
export function tableOf(judgements: readonly Judgement[]): object[] {
  return judgements.map(({ budget, value, verdict }) => ({
    limit: budget.id,
    measured: value === undefined ? '' : Number(value.toPrecision(4)),
    bound: `${budget.bound === 'most' ? '<=' : '>='} ${budget.limit} ${budget.unit}`,
    verdict,
    what: budget.what.length > 70 ? `${budget.what.slice(0, 67)}...` : budget.what,
  }));
}
