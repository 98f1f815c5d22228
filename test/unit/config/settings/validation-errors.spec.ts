import { isDeepStrictEqual } from 'node:util';
import { jest } from '@jest/globals';
import type { Type } from '@nestjs/common';
import * as cv from 'class-validator';
import * as fc from 'fast-check';
import { IsByteSize, IsDuration, IsSecret, Nested, validationErrors } from '../../../../src/config/index.js';
import { Secret } from '../../../../src/common/index.js';
import { writeRunRecord } from '../../../support/run-record.js';

const isFull = process.env['PANOTTI_TEST_FULL'] !== undefined;
/** In the full run as many as the promise is about. */
const VALUES = isFull ? 100_000 : 400;
const SEED = 20_261_130;

enum Colour {
  Red = 'red',
  Blue = 'blue',
}

class Point {
  @cv.IsInt() @cv.Min(0) x = 1;
  @cv.IsOptional() @cv.IsString() name?: string;
}

/** Values that one constraint or another takes, and what stands near to them. */
const WORDS = ['', ' '].concat(
  `a | red | Red | abc | ABC | true | false | yes | 0 | 1 | -1 | 1.5 | 0x1F | 1e3 | null | 12345 | +491711234567
4111111111111111 | 00:1B:44:11:3A:B7 | 127.0.0.1 | ::1 | localhost | example.com | https://example.com/a?b=c
mailto:a@b.cd | a@example.com | A <a@example.com> | data:text/plain,a | #fff | rgb(1,2,3) | hsl(1,2%,3%)
2026-11-30 | 2026-11-30T10:00:00Z | 2026-02-30 | 10:30 | 1.2.3 | 1.2 | v1.2.3 | {"a":1} | [1] | { | YWJj
eyJhIjoxfQ.eyJiIjoyfQ.c2ln | en | en-GB | Europe/Berlin | EUR | DE | DEU | 550e8400-e29b-41d4-a716-446655440000
507f1f77bcf86cd799439011 | 01ARZ3NDEKTSV4RRFFQ69G5FAV | 9783161484100 | DEUTDEFF | GB82WEST12345698765432
US0378331005 | 52.5,13.4 | Aa1!aaaa | text/plain | 😀 | ａ | é | 3000`.split(/ \| |\n/),
);

const scalar = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...WORDS) },
  fc.string({ maxLength: 12 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom<unknown>(0, -0, 1, 2, 3, 10, 0.1, 1.25, NaN, Infinity, 2 ** 53, 5n, 52.5, 13.4, 65_535, 65_536),
  fc.constantFrom<unknown>(
    true,
    false,
    null,
    undefined,
    Symbol.iterator,
    Colour,
    new Date(0),
    new Date(NaN),
    /a/,
    new Secret('text'),
  ),
);

const point = fc.constantFrom<unknown>(
  new Point(),
  Object.assign(new Point(), { x: -1 }),
  Object.assign(new Point(), { name: 5 }),
  Object.assign(new Point(), { name: null }),
  { x: 'plain' },
  Object.create(null),
  () => 1,
);

const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  point,
  fc.array(fc.oneof(scalar, point), { maxLength: 3 }),
  fc.array(fc.array(point, { maxLength: 2 }), { maxLength: 2 }),
  fc.array(scalar, { maxLength: 3 }).map((items) => new Set(items)),
  fc
    .array(fc.tuple(fc.string({ maxLength: 3 }), fc.oneof(scalar, point)), { maxLength: 3 })
    .map((entries) => new Map(entries)),
  fc.dictionary(fc.string({ maxLength: 3 }), scalar, { maxKeys: 3 }),
);

/** The decorators that need arguments, or are worth another form than the plain one. */
const WITH_ARGUMENTS: Readonly<Record<string, readonly PropertyDecorator[]>> = {
  Equals: [cv.Equals('a')],
  NotEquals: [cv.NotEquals('a')],
  IsIn: [cv.IsIn(['a', 1, null])],
  IsNotIn: [cv.IsNotIn(['a', 1])],
  IsDivisibleBy: [cv.IsDivisibleBy(5)],
  Min: [cv.Min(1)],
  Max: [cv.Max(3)],
  MinDate: [cv.MinDate(new Date(0))],
  MaxDate: [cv.MaxDate(() => new Date(0))],
  Contains: [cv.Contains('a')],
  NotContains: [cv.NotContains('a')],
  IsByteLength: [cv.IsByteLength(1, 3)],
  Length: [cv.Length(1, 3)],
  MinLength: [cv.MinLength(2)],
  MaxLength: [cv.MaxLength(2)],
  Matches: [cv.Matches(/^a/)],
  IsEnum: [cv.IsEnum(Colour)],
  IsInstance: [cv.IsInstance(Point)],
  IsMobilePhone: [cv.IsMobilePhone()],
  IsPhoneNumber: [cv.IsPhoneNumber('DE')],
  IsPostalCode: [cv.IsPostalCode('any')],
  IsIdentityCard: [cv.IsIdentityCard('ES')],
  IsPassportNumber: [cv.IsPassportNumber('DE')],
  IsTaxId: [cv.IsTaxId('de-DE')],
  IsHash: [cv.IsHash('md5')],
  IsNumber: [cv.IsNumber({ maxDecimalPlaces: 1 }), cv.IsNumber({ allowNaN: true })],
  IsStrongPassword: [cv.IsStrongPassword()],
  ArrayContains: [cv.ArrayContains(['a'])],
  ArrayNotContains: [cv.ArrayNotContains(['a'])],
  ArrayMinSize: [cv.ArrayMinSize(1)],
  ArrayMaxSize: [cv.ArrayMaxSize(1)],
  ArrayUnique: [cv.ArrayUnique(), cv.ArrayUnique((item) => String(item))],
  ValidateIf: [cv.ValidateIf((owner: { value?: unknown }) => typeof owner.value === 'string')],
  Validate: [],
  ValidateBy: [],
  ValidatePromise: [],
};

@cv.ValidatorConstraint({ name: 'isShort' })
class IsShort implements cv.ValidatorConstraintInterface {
  validate(given: unknown, { constraints, object, property }: cv.ValidationArguments): boolean {
    return (object as Record<string, unknown>)[property] !== 'abc' && String(given).length < Number(constraints[0]);
  }
}

@cv.ValidatorConstraint({ name: 'isLate', async: true })
class IsLate implements cv.ValidatorConstraintInterface {
  validate(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

/** All decorators of class-validator that stand on a property, found by their names, so that one of a later version is tried too. */
const builtIn = Object.entries(cv)
  .filter(
    ([name, exported]) =>
      typeof exported === 'function' &&
      /^(?:Is|Array|Min|Max|Length|Matches|Equals|Not|Contains|Validate(?:If|Nested)?$|Allow$)/.test(name),
  )
  .flatMap(([name, exported]): [string, PropertyDecorator[]][] => {
    const given = WITH_ARGUMENTS[name] ?? [(exported as () => PropertyDecorator)()];
    return given.map((decorator, index): [string, PropertyDecorator[]] => [
      index === 0 ? `@${name}` : `@${name} in another form`,
      [decorator],
    ]);
  });

const composed: [string, PropertyDecorator[]][] = [
  ['@IsString with each', [cv.IsString({ each: true })]],
  ['@IsInt and @Min with each', [cv.IsArray(), cv.IsInt({ each: true }), cv.Min(1, { each: true })]],
  ['@IsOptional before a check', [cv.IsOptional(), cv.IsInt()]],
  ['@IsDefined behind a condition', [cv.ValidateIf((_owner, given) => given !== 'a'), cv.IsDefined(), cv.MinLength(2)]],
  ['two conditions', [cv.IsOptional(), cv.ValidateIf((_owner, given) => given !== 1), cv.IsString()]],
  ['the option validateIf', [cv.IsString({ validateIf: (_owner, given) => given !== 1 })]],
  ['groups', [cv.IsString({ groups: ['a'] }), cv.IsNotEmpty({ groups: ['b'], always: true })]],
  ['@ValidateNested with each', [cv.IsArray(), cv.ValidateNested({ each: true })]],
  ['@ValidateNested on what may be missing', [cv.IsOptional(), cv.ValidateNested()]],
  ['a class as a check', [cv.Validate(IsShort, [3])]],
  ['a class as a check with each', [cv.Validate(IsShort, [3], { each: true })]],
  ['an asynchronous check', [cv.Validate(IsLate), cv.IsString()]],
  ['a check with a message and a context', [cv.IsInt({ message: 'must be $value', context: { code: 1 } })]],
  ['@ValidatePromise', [cv.ValidatePromise(), cv.IsInt()]],
  ['@Nested', [Nested(() => Point)]],
  ['a list of @Nested', [Nested(() => Point, { shape: 'list' })]],
  ['a map of @Nested', [Nested(() => Point, { shape: 'map' })]],
  ['@IsDuration', [IsDuration({ max: '1h' })]],
  ['@IsByteSize with each', [IsByteSize({ each: true })]],
  ['@IsSecret', [IsSecret({ minLength: 4 })]],
];

function classWith(decorators: readonly PropertyDecorator[]): Type<{ value: unknown }> {
  const Holder = class {
    value: unknown = undefined;
  };
  for (const decorate of decorators) decorate(Holder.prototype, 'value');
  return Holder;
}

const OPTIONS = { forbidUnknownValues: false, validationError: { target: false } };

/** What is wrong, or the name of the error that a check threw. */
function outcome(validate: () => readonly cv.ValidationError[]): unknown {
  try {
    return validate();
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown';
  }
}

const counts = { constraints: 0, values: 0, refused: 0 };

/** The instances of which class-validator says something else, with what both say. */
function disagreements(instances: Iterable<object>): unknown[] {
  const found: unknown[] = [];
  for (const instance of instances) {
    const expected = outcome(() => cv.validateSync(instance, OPTIONS));
    const said = outcome(() => validationErrors(instance));
    counts.values += 1;
    if (!isDeepStrictEqual(expected, [])) counts.refused += 1;
    if (!isDeepStrictEqual(said, expected)) found.push({ instance, said, expected });
  }
  return found;
}

describe('validation that is compiled', () => {
  const cases = [...builtIn, ...composed];
  const values = fc.sample(value, { numRuns: VALUES, seed: SEED });

  it('is tried with every decorator of class-validator, and with values that are taken and that are refused', () => {
    expect(builtIn.length).toBeGreaterThan(90);
    expect(disagreements(values.map((given) => Object.assign(new Point(), { x: given })))).toEqual([]);
    expect(counts.refused).toBeGreaterThan(0);
    expect(counts.values).toBeGreaterThan(counts.refused);
  });

  it.each(cases)('says of any value what class-validator says: %s', (_name, decorators) => {
    const type = classWith(decorators);
    counts.constraints += 1;

    expect(disagreements(values.map((given) => Object.assign(new type(), { value: given })))).toEqual([]);
  });

  it('says of objects in objects what class-validator says, at any depth and in any collection', () => {
    class Line {
      @cv.ValidateNested() from: unknown;
      @cv.ValidateNested({ each: true }) through: unknown;
    }
    class Picture {
      @cv.ValidateNested({ each: true }) @cv.ArrayNotEmpty() lines: unknown;
      @cv.ValidateNested() @cv.IsObject() frame: unknown;
    }
    const line = fc.record({ from: value, through: value }).map((fields) => Object.assign(new Line(), fields));
    const picture = fc
      .record({ lines: fc.array(line, { maxLength: 3 }), frame: fc.oneof(line, value) })
      .map((fields) => Object.assign(new Picture(), fields));

    expect(disagreements(fc.sample(picture, { numRuns: VALUES, seed: SEED }))).toEqual([]);
  });

  it('asks class-validator itself only where something is wrong', () => {
    const validate = jest.fn((given: unknown) => given === 'right');
    const type = classWith([cv.ValidateBy({ name: 'isRight', validator: { validate } }), cv.IsString()]);

    expect(validationErrors(Object.assign(new type(), { value: 'right' }))).toEqual([]);
    expect(validate).toHaveBeenCalledTimes(1);

    expect(validationErrors(Object.assign(new type(), { value: 'wrong' }))).toHaveLength(1);
    expect(validate).toHaveBeenCalledTimes(3);
  });

  it('gives a check the arguments that class-validator gives it', () => {
    const seen: unknown[] = [];
    const validate = (_given: unknown, details?: cv.ValidationArguments): boolean => seen.push(details) > 0;
    class Named {
      @cv.ValidateBy({ name: 'sees', constraints: [7], validator: { validate } }) value = 'a';
    }
    const instance = new Named();
    cv.validateSync(instance, OPTIONS);
    validationErrors(instance);

    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  });

  afterAll(() => {
    if (isFull) writeRunRecord({ name: 'compiled-validation', seed: SEED, counts });
  });
});
