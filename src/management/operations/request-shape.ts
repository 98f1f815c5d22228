/** What an operation takes, as data: the fields of its request, from which follow its type, its validation and the options of the shell. */

/** What a field holds, and how that arrives in JSON. */
interface FieldValues {
  /** At most 1,000 characters. */
  text: string;
  /** The name of an event, or a pattern such as `recording.*`. */
  pattern: string;
  /** Milliseconds since 1970. */
  moment: number;
  /** A whole number from 1 to 1,000. */
  count: number;
  /** A place in the log: a whole number from 0. */
  position: number;
}

export type FieldKind = keyof FieldValues;

export interface Field<K extends FieldKind = FieldKind, R extends boolean = boolean> {
  readonly kind: K;
  readonly isRequired: R;
  /** What it means, without its kind: `events of this moment or later`. */
  readonly text: string;
  /** What a surface sends for a user who gives nothing. */
  readonly byDefault?: number;
}

export type RequestShape = Readonly<Record<string, Field>>;

type RequiredKeys<S extends RequestShape> = {
  [N in keyof S]: S[N]['isRequired'] extends true ? N : never;
}[keyof S];

/** The type of a request of that shape. */
export type RequestOf<S extends RequestShape> = {
  readonly [N in RequiredKeys<S>]: FieldValues[S[N]['kind']];
} & {
  readonly [N in Exclude<keyof S, RequiredKeys<S>>]?: FieldValues[S[N]['kind']];
};

export const LONGEST_TEXT = 1_000;
export const LARGEST_COUNT = 1_000;

export function required<K extends FieldKind>(kind: K, text: string, byDefault?: number): Field<K, true> {
  return { kind, text, isRequired: true, ...(byDefault !== undefined && { byDefault }) };
}

export function optional<K extends FieldKind>(kind: K, text: string): Field<K, false> {
  return { kind, text, isRequired: false };
}
