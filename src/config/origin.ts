/** How a place in the configuration is named: by a path inside a document, and by where it was written. */

/** From the root of a document: keys of maps and positions in lists. */
export type Path = readonly (string | number)[];

/** Where something was written. */
export interface Origin {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** The environment variable that gave the value, where it was one. */
  readonly variable?: string;
}
