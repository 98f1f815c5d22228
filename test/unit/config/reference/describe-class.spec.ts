import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsDateString,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import type { Type } from '@nestjs/common';
import type { Secret } from '../../../../src/common/index.js';
import {
  Describe,
  demandWords,
  IsByteSize,
  IsDuration,
  IsSecret,
  Nested,
  type SettingDescription,
} from '../../../../src/config/index.js';
import { describeClass } from '../../../../src/config/reference/describe-class.js';

enum Colour {
  Red = 'red',
  Green = 'green',
}

enum Level {
  Low = 1,
  High = 2,
}

function settings(type: Type<object>): Record<string, SettingDescription> {
  return Object.fromEntries(describeClass(type).settings.map((setting) => [setting.key, setting]));
}

/** Key to `[what it takes, its default]`. */
function summary(type: Type<object>): Record<string, unknown> {
  return Object.fromEntries(
    describeClass(type).settings.map((setting) => [
      setting.key,
      [demandWords(setting), setting.isRequired ? 'REQUIRED' : setting.default],
    ]),
  );
}

describe('the description of a configuration class', () => {
  it('says for each check what it takes, in words', () => {
    class Config {
      @IsString() @IsNotEmpty() @MaxLength(5) text = 'a';
      @Length(2, 2) code = 'de';
      @Matches(/^a/, { message: 'must begin with a' }) pattern = 'a';
      @Matches(/^b/) bare = 'b';
      @IsInt() @Min(1) @Max(9) integer = 5;
      @IsNumber() @Min(0.5) number = 1.5;
      @IsPositive() positive = 1;
      @IsNumber({ maxDecimalPlaces: 2 }) price = 1.25;
      @IsBoolean() flag = false;
      @IsIn(['a', 'b', 'c']) choice = 'a';
      @IsEnum(Colour) colour = Colour.Red;
      @IsEnum(Level) level = Level.Low;
      @IsUrl() page = 'https://example.com';
      @IsDateString() day = '2026-01-01';
      @IsEmail() mail = 'a@example.com';
      @IsString({ each: true }) @ArrayMaxSize(3) words: string[] = [];
      @IsArray() @IsInt({ each: true }) @Min(1, { each: true }) @ArrayNotEmpty() numbers = [1];
      @IsIn(['x', 'y'], { each: true }) picks = ['x'];
      @IsArray() whatever = [];
      @IsObject() map = {};
      @ValidateBy({
        name: 'isOdd',
        validator: { validate: (value) => Number(value) % 2 === 1, defaultMessage: () => '$property must be odd' },
      })
      odd = 3;
      @IsDuration({ min: '1s', max: '1h' }) wait = 90;
      @IsDuration() pause = 0.25;
      @IsByteSize({ max: '1GiB' }) size = 10_000_000;
      @IsByteSize() bytes = 7;
    }

    expect(summary(Config)).toEqual({
      text: ['text, from 1 to 5 characters', 'a'],
      code: ['text, exactly 2 characters', 'de'],
      pattern: ['text, must begin with a', 'a'],
      bare: ['text, must match /^b/ regular expression', 'b'],
      integer: ['whole number, from 1 to 9', 5],
      number: ['number, at least 0.5', 1.5],
      positive: ['number, more than 0', 1],
      price: ['number, with at most 2 decimal places', 1.25],
      flag: ['true or false', false],
      choice: ['a, b or c', 'a'],
      colour: ['red or green', 'red'],
      level: ['Low or High', 'Low'],
      page: ['URL', 'https://example.com'],
      day: ['date, in the form of ISO 8601', '2026-01-01'],
      mail: ['text, must be an email', 'a@example.com'],
      words: ['list of text, at most 3 items', []],
      numbers: ['list of whole number, at least 1 item, each at least 1', [1]],
      picks: ['list of x or y', ['x']],
      whatever: ['list', []],
      map: ['map', {}],
      odd: ['number, must be odd', 3],
      wait: ['duration, from 1s to 1h', '90s'],
      pause: ['duration', '250ms'],
      size: ['size, at most 1GiB', '10MB'],
      bytes: ['size', 7],
    });
  });

  it('calls required exactly what does not pass unless it is written', () => {
    class Inner {
      @IsString() name!: string;
    }
    class Config {
      @IsString() needed!: string;
      @IsOptional() @IsString() optional?: string;
      @IsString() @IsNotEmpty() emptyByDefault = '';
      @IsInt() given = 1;
      @IsOptional() @Nested(() => Inner) maybe?: Inner;
      @Nested(() => Inner) inner = new Inner();
      @Nested(() => Inner) filled = Object.assign(new Inner(), { name: 'x' });
      @Nested(() => Inner) section!: Inner;
    }
    const required = Object.values(settings(Config)).filter(({ isRequired }) => isRequired);

    expect(required.map(({ key }) => key)).toEqual(['needed', 'emptyByDefault', 'inner', 'section']);
  });

  it('takes the defaults of a nested class from the instance that the initialiser makes', () => {
    class Inner {
      @IsInt() size = 1;
    }
    class Config {
      @Nested(() => Inner) own = new Inner();
      @Nested(() => Inner) other = Object.assign(new Inner(), { size: 7 });
    }
    const sizes = Object.values(settings(Config)).map(
      ({ type }) => type.kind === 'section' && type.section.settings[0]?.default,
    );

    expect(sizes).toEqual([1, 7]);
  });

  it('prefers @Describe to the doc comment, and its words to a default that depends on the machine', () => {
    class Config {
      /** From the comment. */
      @Describe('From the decorator,\nin one line.', { defaultText: 'as many as fit' })
      @IsInt()
      threads = 12;

      /** From the comment alone. */
      @IsInt() size = 1;
    }

    expect(settings(Config)).toMatchObject({
      threads: { description: 'From the decorator, in one line.', default: undefined, defaultText: 'as many as fit' },
      size: { description: 'From the comment alone.', default: 1 },
    });
  });

  it('knows lists and maps of a class, and a class that contains itself', () => {
    class Channel {
      @IsString() name = 'x';
      @Nested(() => Channel) below: Channel[] = [];
    }
    class Config {
      @Nested(() => Channel) channels: Channel[] = [];
      @Nested(() => Channel, { shape: 'map' }) named: Record<string, Channel> = {};
    }
    const { channels, named } = settings(Config);
    const list =
      channels?.type.kind === 'list' && channels.type.items.kind === 'section'
        ? channels.type.items.section
        : undefined;
    const below = list?.settings[1]?.type;

    expect(list?.settings.map(({ key }) => key)).toEqual(['name', 'below']);
    expect(below).toMatchObject({ kind: 'list', items: { kind: 'section' } });
    expect(below?.kind === 'list' && below.items.kind === 'section' && below.items.section).toBe(list);
    expect(named?.type).toMatchObject({ kind: 'map' });
  });

  it('never shows the default of a secret', () => {
    class Config {
      @IsSecret({ minLength: 8 }) needed!: Secret;
      @IsOptional() @IsSecret() optional?: Secret;
      @IsSecret({ each: true }) several: Secret[] = [];
    }

    expect(summary(Config)).toEqual({
      needed: ['secret, must have at least 8 characters', 'REQUIRED'],
      optional: ['secret, must not be empty', undefined],
      several: ['list of secret, each must not be empty', undefined],
    });
  });

  it('describes a class that cannot be made, without defaults', () => {
    class Config {
      @IsInt() size = 1;
      constructor() {
        throw new Error('not today');
      }
    }

    expect(summary(Config)).toEqual({ size: ['whole number', 'REQUIRED'] });
  });
});
