/** `${NAME}`, `${NAME:-default}` and `$${` in the text of a value. Pure text; who reads the value types and places it. */
import { variable, type Environment } from '../environment/environment.js';

export interface Interpolation {
  readonly text: string;
  /** The text was one reference and nothing else, so that the result may be a number or a truth value. */
  readonly isWholeReference: boolean;
  /** No variable gave any of the text: defaults stand in the file like any text. */
  readonly isLiteral: boolean;
  /** Variables without a default that are not set, in order of appearance. */
  readonly unset: readonly string[];
  /** A `${` begins something that is no reference. */
  readonly isMalformed: boolean;
}

/** An escape; or a reference with its name and default; or, with neither, a `${` that begins no reference. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_]\w*)(?::-([^{}]*))?\})?/g;
const WHOLE_REFERENCE = /^\$\{[A-Za-z_]\w*(?::-[^{}]*)?\}$/;

/** As in a shell, the default stands in for a variable that is not set and for one that is empty. */
export function interpolate(text: string, environment: Environment): Interpolation {
  const unset: string[] = [];
  let isMalformed = false;
  let isLiteral = true;
  const replaced = text.replaceAll(REFERENCE, (match: string, name: string | undefined, fallback: string | undefined) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      isMalformed = true;
      return '';
    }
    const value = variable(environment, name);
    if (value) isLiteral = false;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) unset.push(name);
    return value ?? '';
  });
  return { text: replaced, isWholeReference: WHOLE_REFERENCE.test(text), isLiteral, unset, isMalformed };
}
