/** What each benchmark reports: a ratio measured side by side in one run, and the most that it may be. */

export interface BenchResult {
  readonly name: string;
  readonly ratio: number;
  readonly limit: number;
  /** The medians and circumstances behind the ratio. */
  readonly details: object;
}
