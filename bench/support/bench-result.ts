/** What a benchmark reports: one figure for each limit of bench/budgets.json that it measures. */

export interface BenchResult {
  /** Of the limit in bench/budgets.json. */
  readonly id: string;
  /** In the unit of the limit. */
  readonly value: number;
  /** The medians and circumstances behind it. */
  readonly details: object;
}
