import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDivisibleBy,
  IsIn,
  IsInt,
  IsNegative,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateBy,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';
import type { Type } from '@nestjs/common';
import type { Secret } from '../../../../src/common/index.js';
import { Deprecated } from '../../../../src/config/settings/deprecated.decorator.js';
import {
  Describe,
  describeConfiguration,
  IsByteSize,
  IsDuration,
  IsSecret,
  jsonSchema,
  Nested,
} from '../../../../src/config/index.js';
import { PluginSection } from '../../../../src/host/index.js';

class Nothing {}

interface Schema {
  readonly $defs: Readonly<
    Record<string, { readonly properties: Readonly<Record<string, unknown>>; readonly required?: readonly string[] }>
  >;
}

/** The definitions for plugins with these config classes, called `a`, `b` … */
function definitions(...types: Type<object>[]): Schema['$defs'] {
  const plugins = types.map((config, index) => ({
    name: 'ab'[index] ?? '',
    version: '1.0.0',
    description: '',
    config,
  }));
  // The shape of what the function makes is what is tested.
  return (jsonSchema(describeConfiguration({ host: Nothing, section: PluginSection, plugins })) as unknown as Schema)
    .$defs;
}

describe('the JSON Schema of configuration classes', () => {
  it('keeps classes of the same name apart', () => {
    const A = (() => {
      class Retry {
        @IsInt() attempts = 3;
      }
      class Config {
        @Nested(() => Retry) retry = new Retry();
      }
      return Config;
    })();
    const B = (() => {
      class Retry {
        @IsString() mode = 'slow';
      }
      class Config {
        @Nested(() => Retry) retry = new Retry();
        @Nested(() => A) other = new A();
      }
      return Config;
    })();
    const found = definitions(A, B);

    expect(Object.keys(found['a.Retry']?.properties ?? {})).toEqual(['attempts']);
    expect(Object.keys(found['b.Retry']?.properties ?? {})).toEqual(['mode']);
    expect(Object.keys(found['b.Retry-2']?.properties ?? {})).toEqual(['attempts']);
  });

  it('has defaults, descriptions, demands, and marks secrets as write-only', () => {
    class Config {
      /** How many. */
      @IsInt() @Min(1) count = 5;
      @Describe('Who.') @IsString() name!: string;
      @IsSecret() key!: Secret;
      @IsOptional() @IsSecret() spare?: Secret;
      @Describe('Depends.', { defaultText: 'all' }) @IsInt() threads = 4;
    }

    expect(definitions(Config)['a.Config']).toEqual({
      type: 'object',
      additionalProperties: false,
      patternProperties: { '^x-': {} },
      required: ['name', 'key'],
      properties: {
        count: {
          description: 'How many. Whole number, at least 1. Default: 5.',
          default: 5,
          anyOf: [{ type: 'integer', minimum: 1 }, { $ref: '#/$defs/reference' }, { type: 'null' }],
        },
        name: { description: 'Who. Text.', type: 'string' },
        key: { description: 'Secret, must not be empty.', writeOnly: true, type: 'string' },
        spare: {
          description: 'Secret, must not be empty.',
          writeOnly: true,
          anyOf: [{ type: 'string' }, { type: 'null' }],
        },
        threads: {
          description: 'Depends. Whole number. Default: all.',
          anyOf: [{ type: 'integer' }, { $ref: '#/$defs/reference' }, { type: 'null' }],
        },
      },
    });
  });

  it('marks deprecated settings, which take what their new name takes', () => {
    class Config {
      @IsInt() @Min(1) timeout!: number;
      /** The old name. */
      @Deprecated({ use: 'timeout', since: '1.2.0' }) timeoutSeconds?: number;
      @Deprecated({ since: '1.3.0' }) @IsBoolean() legacy = false;
    }
    const found = definitions(Config)['a.Config'];

    expect(found?.required).toBeUndefined();
    expect(found?.properties).toEqual({
      timeout: expect.objectContaining({ description: 'Whole number, at least 1.' }),
      timeoutSeconds: {
        description: 'The old name. Whole number, at least 1. Deprecated since 1.2.0; write "timeout" instead.',
        deprecated: true,
        anyOf: [{ type: 'integer', minimum: 1 }, { $ref: '#/$defs/reference' }, { type: 'null' }],
      },
      legacy: expect.objectContaining({
        description: 'True or false. Default: false. Deprecated since 1.3.0.',
        deprecated: true,
      }),
    });
  });

  it('follows a class that contains itself', () => {
    class Folder {
      @IsString() name = 'x';
      @Nested(() => Folder) below: Folder[] = [];
    }
    const found = definitions(Folder);

    expect(found['a.Folder']?.properties['below']).toMatchObject({
      anyOf: [{ type: 'array', items: { $ref: '#/$defs/a.Folder' } }, { type: 'null' }],
    });
  });

  it('takes durations and sizes as numbers and with units', () => {
    class Config {
      @IsDuration({ max: 60 }) wait = 30;
      @IsByteSize() size = 1024;
    }
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ $defs: definitions(Config) }, 'schema');
    const takes = (key: string, value: unknown): boolean =>
      ajv.validate({ $ref: `schema#/$defs/a.Config/properties/${key}` }, value);

    for (const value of [30, 0.5, '30s', '1m', '250ms', '1h30m', '${WAIT}', null])
      expect([value, takes('wait', value)]).toEqual([value, true]);
    for (const value of [61, -1, '30', 'soon', '5 minutes', true])
      expect([value, takes('wait', value)]).toEqual([value, false]);
    for (const value of [5, '10MB', '1KiB', '2B']) expect([value, takes('size', value)]).toEqual([value, true]);
    for (const value of [1.5, '10 MB', '1XB']) expect([value, takes('size', value)]).toEqual([value, false]);
  });

  it('judges every value as the checks of the class do', () => {
    class Checked {
      @IsString() text = '';
      @MinLength(2) atLeast = '';
      @Length(1, 3) length = '';
      @IsString() @IsNotEmpty() filled = '';
      @Matches(/^a+b?$/) pattern = '';
      @IsInt() @Min(-3) @Max(5) integer = 0;
      @IsNumber() number = 0;
      @IsPositive() positive = 1;
      @IsNegative() negative = -1;
      @IsInt() @IsDivisibleBy(3) threes = 3;
      @IsBoolean() flag = false;
      @IsIn(['a', 2, true]) choice = 'a';
      @IsArray() @ArrayMinSize(1) @ArrayMaxSize(2) @ArrayUnique() list: unknown[] = [];
      @IsArray() @IsInt({ each: true }) @Max(4, { each: true }) integers: number[] = [];
      @IsArray() @IsIn(['a', 'b'], { each: true }) choices: string[] = [];
      @IsArray() mixed: unknown[] = ['a', 1];
      @ValidateBy({ name: 'anything', validator: { validate: () => true } }) custom: unknown = 5;
    }
    const scalars = fc.oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.double({ noNaN: true, min: -9, max: 9 }),
      fc.boolean(),
      fc.stringMatching(/^[ab]{0,4}$/),
    );
    const values = fc.oneof(scalars, fc.array(scalars, { maxLength: 3 }), fc.constant({}));
    const ajv = new Ajv2020({ allowUnionTypes: true, strict: false });
    ajv.addSchema({ $defs: definitions(Checked) }, 'schema');
    const keys = Object.keys(new Checked());
    const validators = new Map(
      keys.map((key) => [key, ajv.compile({ $ref: `schema#/$defs/a.Checked/properties/${key}` })]),
    );
    const verdicts = { taken: 0, refused: 0 };

    fc.assert(
      fc.property(fc.constantFrom(...keys), values, (key, value) => {
        const errors = validateSync(Object.assign(new Checked(), { [key]: value })).filter(
          ({ property }) => property === key,
        );
        expect(validators.get(key)?.(value)).toBe(errors.length === 0);
        verdicts[errors.length === 0 ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: 4_000 },
    );
    // Values that are all refused, or all taken, would prove nothing.
    expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(100);
  });
});
