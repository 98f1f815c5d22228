/** What binding, variables, reference, schema and `config show` say about a kind of setting is one thing. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Type } from '@nestjs/common';
import { IsBoolean, IsEnum, IsIn, IsInt, IsNumber, IsObject, IsOptional, IsString, Length, Max } from 'class-validator';
import {
  ConfigurationDocument,
  demandWords,
  describeConfiguration,
  effectiveSettings,
  findSetting,
  IsByteSize,
  IsDuration,
  jsonSchema,
  Nested,
} from '../../../../src/config/index.js';
import { settingVariables } from '../../../../src/config/variables/setting-variables.js';

enum Level {
  low,
  high,
}

enum Sparse {
  Off = 10,
  On = 20,
}

enum Mixed {
  none = 0,
  text = 'words',
}

class One {
  @IsEnum(Level) value: Level = Level.low;
}

function settingOf(...decorators: PropertyDecorator[]): (initial?: unknown) => Type<object> {
  return (initial) => {
    class Settings {
      value = initial;
    }
    for (const decorate of decorators.toReversed()) decorate(Settings.prototype, 'value');
    return Settings;
  };
}

/** The setting `value` of a class; what is written in YAML and in a variable; the value that the plugin gets; the words for its kind. */
type Row = [title: string, type: Type<object>, yaml: string, variable: string, value: unknown, words: string];

const ACCEPTED: Row[] = [
  ['the name of a number', One, 'high', 'high', Level.high, 'low or high'],
  ['the number itself', One, '1', '1', Level.high, 'low or high'],
  ['a number that is 0', settingOf(IsEnum(Level))(1), 'low', 'low', Level.low, 'low or high'],
  ['a name in an enum with gaps', settingOf(IsEnum(Sparse))(10), 'On', 'On', Sparse.On, 'Off or On'],
  ['a text in a mixed enum', settingOf(IsEnum(Mixed))(0), 'words', 'words', 'words', 'none or words'],
  ['a name in a mixed enum', settingOf(IsEnum(Mixed))('words'), 'none', 'none', 0, 'none or words'],
  [
    'a list of names',
    settingOf(IsEnum(Level, { each: true }))([]),
    '[low, high]',
    'low,high',
    [0, 1],
    'list of low or high',
  ],
  ['an optional name', settingOf(IsOptional(), IsEnum(Level))(), 'high', 'high', 1, 'low or high'],
  [
    'a map of texts',
    settingOf(IsString({ each: true }))({}),
    '{ a: x, b-c: "1" }',
    '{"a":"x","b-c":"1"}',
    { a: 'x', 'b-c': '1' },
    'map of text',
  ],
  [
    'a map of texts without a default',
    settingOf(IsObject(), IsString({ each: true }))(),
    '{ a: x }',
    '{"a":"x"}',
    { a: 'x' },
    'map of text',
  ],
  [
    'a map of numbers',
    settingOf(IsNumber({}, { each: true }))({}),
    '{ a: 1.5 }',
    '{"a":1.5}',
    { a: 1.5 },
    'map of number',
  ],
  [
    'a map of whole numbers',
    settingOf(IsInt({ each: true }))({}),
    '{ a: 1 }',
    '{"a":1}',
    { a: 1 },
    'map of whole number',
  ],
  [
    'a map of truth values',
    settingOf(IsBoolean({ each: true }))({}),
    '{ a: false }',
    '{"a":false}',
    { a: false },
    'map of true or false',
  ],
  [
    'a map of durations',
    settingOf(IsDuration({ each: true }))({}),
    '{ a: 5m, b: 2 }',
    '{"a":"5m","b":2}',
    { a: 300, b: 2 },
    'map of duration',
  ],
  [
    'a map of sizes',
    settingOf(IsByteSize({ each: true }))({}),
    '{ a: 1kB }',
    '{"a":"1kB"}',
    { a: 1_000 },
    'map of size',
  ],
  ['a list of durations', settingOf(IsDuration({ each: true }))([]), '[5m, 2]', '5m,2', [300, 2], 'list of duration'],
  [
    'a map of names',
    settingOf(IsEnum(Level, { each: true }))({}),
    '{ a: high }',
    '{"a":"high"}',
    { a: 1 },
    'map of low or high',
  ],
  [
    'a map of words',
    settingOf(IsIn(['x', 'y'], { each: true }))({}),
    '{ a: y }',
    '{"a":"y"}',
    { a: 'y' },
    'map of x or y',
  ],
  ['a zero with a sign', settingOf(IsNumber())(1), '-0', '-0', -0, 'number'],
  ['a zero with a sign and a fraction', settingOf(IsNumber())(1), '-0.0', '-0.0', -0, 'number'],
  ['a zero with a sign as a whole number', settingOf(IsInt())(1), '-0', '-0', -0, 'whole number'],
  [
    'a zero with a sign in a list',
    settingOf(IsNumber({}, { each: true }))([]),
    '[-0, 1]',
    '-0,1',
    [-0, 1],
    'list of number',
  ],
  [
    'a zero with a sign in a map',
    settingOf(IsNumber({}, { each: true }))({}),
    '{ a: -0 }',
    '{"a":-0}',
    { a: -0 },
    'map of number',
  ],
  [
    'a map over its defaults',
    settingOf(IsString({ each: true }))({ a: '1', b: '2' }),
    '{ b: x, c: y }',
    '{"b":"x","c":"y"}',
    { a: '1', b: 'x', c: 'y' },
    'map of text',
  ],
];

/** Neither YAML nor a variable may say it, and the schema marks it. */
const REFUSED: [title: string, type: Type<object>, yaml: string, variable: string, path: string, message: string][] = [
  ['a name that no member has', One, 'medium', 'medium', 'value', 'must be one of low, high'],
  ['a number that no member has', One, '7', '7', 'value', 'must be one of low, high'],
  [
    'a number in a map of texts',
    settingOf(IsString({ each: true }))({}),
    '{ a: 1 }',
    '{"a":1}',
    'value.a',
    'must be a string, but is a number',
  ],
  [
    'a map in a map of texts',
    settingOf(IsString({ each: true }))({}),
    '{ a: { b: c } }',
    '{"a":{"b":"c"}}',
    'value.a',
    'must be a string, but is a map',
  ],
  ['a list for a map', settingOf(IsString({ each: true }))({}), '[a]', '["a"]', 'value', 'must be a map'],
  [
    'a text in a map of whole numbers',
    settingOf(IsInt({ each: true }))({}),
    '{ a: "1" }',
    '{"a":"1"}',
    'value.a',
    'remove the quotes',
  ],
  [
    'too much in a map of numbers',
    settingOf(Max(3, { each: true }))({}),
    '{ a: 4 }',
    '{"a":4}',
    'value.a',
    'must not be greater than 3',
  ],
  [
    'too long a text in a map',
    settingOf(Length(1, 2, { each: true }))({}),
    '{ a: abc }',
    '{"a":"abc"}',
    'value.a',
    'must be shorter',
  ],
  [
    'a text that is no duration',
    settingOf(IsDuration({ each: true }))({}),
    '{ a: soon }',
    '{"a":"soon"}',
    'value.a',
    'must be a number of seconds',
  ],
  [
    'a name that no member has, in a map',
    settingOf(IsEnum(Level, { each: true }))({}),
    '{ a: x }',
    '{"a":"x"}',
    'value.a',
    'must be one of low, high',
  ],
];

function written(yaml: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text: `value: ${yaml}\n`, environment: {} });
}

function given(text: string, name = 'VALUE'): ConfigurationDocument {
  const { host } = settingVariables({ [`PANOTTI__${name}`]: text });
  const empty = {
    label: 'f.yaml',
    root: { kind: 'map', origin: { file: 'f.yaml', line: 1, column: 1 }, entries: new Map() },
  } as const;
  return ConfigurationDocument.layered({ layers: [empty], variables: host });
}

function referenceOf(type: Type<object>) {
  class Section {
    @IsOptional() @IsObject() settings: object | undefined = undefined;
  }
  return describeConfiguration({ host: type, section: Section, plugins: [] });
}

function accepts(type: Type<object>, yaml: string): boolean {
  const schema = jsonSchema(referenceOf(type));
  const validate = new Ajv2020({ strict: false }).compile({ ...schema, $ref: '#/$defs/panotti' });
  return validate({ value: written(yaml).valueAt(['value']) });
}

describe('a kind of setting', () => {
  it.each(ACCEPTED)('is one thing to all who read it: %s', (_title, type, yaml, variable, value, words) => {
    const description = referenceOf(type).host;

    expect(written(yaml).bind(type, [])).toMatchObject({ value: { value }, problems: [] });
    expect(given(variable).bind(type, [])).toMatchObject({ value: { value }, problems: [] });
    expect(description.settings.map(demandWords).join()).toMatch(new RegExp(`^${words}`));
    expect(accepts(type, yaml)).toBe(true);
    const shown = [...effectiveSettings(written(yaml), description, [])];
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    expect(shown.map(({ path }) => path.join('.'))).toEqual(
      isMap ? Object.keys(value).map((key) => `value.${key}`) : ['value'],
    );
    for (const { path } of shown) expect(findSetting(description, path.map(String))).toHaveProperty('setting');
  });

  it.each(REFUSED)('is refused by all who read it, at its place: %s', (_title, type, yaml, variable, path, message) => {
    for (const document of [written(yaml), given(variable)]) {
      const { value, problems } = document.bind(type, []);

      expect(value).toBeUndefined();
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toContain(message);
    }
    expect(written(yaml).bind(type, []).problems[0]?.path).toBe(path);
    expect(accepts(type, yaml)).toBe(false);
  });

  it('has the defaults that are written as one would write them', () => {
    class Defaults {
      @IsEnum(Level) level: Level = Level.high;
      @IsDuration({ each: true }) waits: Record<string, number> = { first: 300 };
    }

    expect(referenceOf(Defaults).host.settings.map((setting) => setting.default)).toEqual(['high', { first: '5m' }]);
  });

  it('sets one value of a map by a variable where the name exists', () => {
    class Headers {
      @IsString({ each: true }) value: Record<string, string> = { accept: 'x', 'x-trace': 'y' };
    }

    expect(given('z', 'VALUE__X_TRACE').bind(Headers, [])).toMatchObject({
      value: { value: { accept: 'x', 'x-trace': 'z' } },
    });
    expect(given('z', 'VALUE__NOWHERE').bind(Headers, []).problems).toMatchObject([
      { code: 'CONFIG_UNKNOWN_VARIABLE' },
    ]);
  });

  it('lets null in a map stand for the default of its key', () => {
    const type = settingOf(IsString({ each: true }))({ a: '1' });

    expect(written('{ a: null, b: null }').bind(type, [])).toMatchObject({
      value: { value: { a: '1' } },
      problems: [],
    });
  });

  it('is a map of anything where nothing is asked of each value, and is replaced as a whole', () => {
    const type = settingOf(IsObject())({ a: 1 });

    expect(written('{ b: [1] }').bind(type, []).value).toEqual({ value: { b: [1] } });
  });

  it('stays a map where it is nested', () => {
    class Inner {
      @IsString({ each: true }) labels: Record<string, string> = {};
    }
    class Outer {
      @Nested(() => Inner) value = new Inner();
    }

    expect(written('{ labels: { a: 1 } }').bind(Outer, []).problems).toMatchObject([{ path: 'value.labels.a' }]);
    expect(written('{ labels: { a: b } }').bind(Outer, []).value).toEqual({ value: { labels: { a: 'b' } } });
  });
});
