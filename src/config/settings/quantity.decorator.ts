/** `@IsDuration` and `@IsByteSize`: numbers that may be written with a unit. They record and check; `binder.ts` reads the text. */
import { ValidateBy } from 'class-validator';
import { writeQuantity } from './setting.metadata.js';
import { EXAMPLES, formatQuantity, readQuantity, type Quantity } from './units.js';

/** The names of the checks in class-validator. */
export const IS_QUANTITY: Readonly<Record<Quantity, string>> = { duration: 'isDuration', byteSize: 'isByteSize' };

/** Both ends are allowed. In seconds or bytes, or as a text with a unit. */
export interface QuantityOptions {
  /** Default 0. */
  readonly min?: number | string;
  /** Default: none. */
  readonly max?: number | string;
  /** The setting is a list of them, or a map from names to them. Default false. */
  readonly each?: boolean;
}

/**
 * The setting is a duration and its value a number of seconds. In YAML it is a number of seconds, or a text with units: `250ms`, `30s`,
 * `5m`, `1h30m`, `2d`, longest unit first.
 *
 * @throws RangeError when `min` or `max` is not a duration
 *
 * @example
 * @IsDuration({ min: '1s', max: '1h' }) timeout = 30;
 * @IsDuration({ each: true }) timeouts: Record<string, number> = {};
 */
export function IsDuration(options: QuantityOptions = {}): PropertyDecorator {
  return isQuantity('duration', options);
}

/**
 * The setting is a size and its value a whole number of bytes. In YAML it is a number of bytes, or a text with a unit: `500kB`, `10MB`
 * (10,000,000), `1MiB` (1,048,576).
 *
 * @throws RangeError when `min` or `max` is not a size
 *
 * @example
 * @IsByteSize({ max: '1GiB' }) maxBytes = 10_000_000;
 */
export function IsByteSize(options: QuantityOptions = {}): PropertyDecorator {
  return isQuantity('byteSize', options);
}

function isQuantity(quantity: Quantity, options: QuantityOptions): PropertyDecorator {
  const min = limit(options.min ?? 0, quantity);
  const max = options.max === undefined ? undefined : limit(options.max, quantity);
  const { each = false } = options;
  const what = each ? 'each value in $property' : '$property';
  return (prototype, property) => {
    writeQuantity(prototype, String(property), quantity);
    check(
      IS_QUANTITY[quantity],
      [],
      (value) => isOf(value, quantity),
      `${what} must be ${EXAMPLES[quantity]}`,
      each,
    )(prototype, property);
    const atLeast = `${what} must not be less than ${formatQuantity(min, quantity)}`;
    check('min', [min], (value) => Number(value) >= min, atLeast, each)(prototype, property);
    if (max === undefined) return;
    const atMost = `${what} must not be more than ${formatQuantity(max, quantity)}`;
    check('max', [max], (value) => Number(value) <= max, atMost, each)(prototype, property);
  };
}

function check(
  name: string,
  constraints: number[],
  validate: (value: unknown) => boolean,
  message: string,
  each: boolean,
): PropertyDecorator {
  return ValidateBy({ name, constraints, validator: { validate, defaultMessage: () => message } }, { each });
}

function isOf(value: unknown, quantity: Quantity): boolean {
  return quantity === 'byteSize' ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function limit(written: number | string, quantity: Quantity): number {
  const value = typeof written === 'number' ? written : readQuantity(written, quantity);
  if (value === undefined || !isOf(value, quantity)) throw new RangeError(`A limit must be ${EXAMPLES[quantity]}.`);
  return value;
}
