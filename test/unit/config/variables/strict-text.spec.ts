/**
 * Every text that a variable may hold, for every type that an option may have, with the one value that it stands for or its refusal. The
 * rows are the specification: a text that is not here in the "taken" form is not taken.
 */
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Min,
  ValidateBy,
} from 'class-validator';
import { IsByteSize, IsDuration, loadConfiguration, Nested } from '../../../../src/config/index.js';

class Part {
  @IsInt() level = 1;
}

class Options {
  @IsBoolean() flag = true;
  @IsInt() whole = 1;
  @IsNumber() real = 1;
  @IsString() text = 't';
  @IsDuration() wait = 1;
  @IsByteSize() hold = 1;
  @IsIn(['debug', 'info']) word: 'debug' | 'info' = 'info';
  @IsIn([1, 2, 3]) oneOf = 1;
  @IsString({ each: true }) words: string[] = [];
  @IsInt({ each: true }) numbers: number[] = [];
  @IsBoolean({ each: true }) flags: boolean[] = [];
  @IsArray() anything: unknown[] = [];
  @IsObject() map: object = {};
  @Nested(() => Part) part = new Part();
  @Nested(() => Part) parts: Part[] = [];
  @IsOptional() @Min(0) maybe: number | undefined = undefined;
  @ValidateBy({ name: 'own', validator: { validate: () => true } }) own: unknown = undefined;
}

const REFUSED = Symbol('refused');
type Row = [option: keyof Options, text: string, value: unknown];

const refusedAs = (option: keyof Options, texts: readonly string[]): Row[] =>
  texts.map((text) => [option, text, REFUSED]);

const rows: Row[] = [
  ['flag', 'true', true],
  ['flag', 'false', false],
  ...refusedAs('flag', [
    '',
    'True',
    'TRUE',
    'False',
    'yes',
    'no',
    'on',
    'off',
    'y',
    'n',
    '1',
    '0',
    ' true',
    'true ',
    'true\n',
    '"true"',
    'null',
    '~',
    '!!bool true',
    '${FLAG}',
    'truee',
    'enabled',
  ]),
  ['whole', '0', 0],
  ['whole', '5', 5],
  ['whole', '-5', -5],
  ['whole', '1e3', 1_000],
  ['whole', '1E3', 1_000],
  ['whole', '1.0', 1],
  ['whole', '-0', -0],
  ['whole', '9007199254740991', Number.MAX_SAFE_INTEGER],
  ['whole', '-9007199254740991', Number.MIN_SAFE_INTEGER],
  ...refusedAs('whole', [
    '',
    ' ',
    ' 5',
    '5 ',
    '5\n',
    '\t5',
    '+5',
    '05',
    '-05',
    '00',
    '+0',
    '-00',
    '0x10',
    '0X1F',
    '0o17',
    '0b11',
    '017',
    '1_000',
    '1,000',
    '1.5',
    '5.',
    '.5',
    '1e-3',
    '1e',
    'e3',
    '1e3.5',
    '1e400',
    '1e30',
    '9007199254740992',
    '9007199254740993',
    '12345678901234567890',
    '-9007199254740992',
    'Infinity',
    '-Infinity',
    'NaN',
    'nan',
    '.inf',
    'null',
    'true',
    'five',
    '5n',
    '5px',
    '"5"',
    '12:30',
    '２',
    '٣',
    '--5',
    '5-',
    '1 000',
    '5;',
    '$5',
    '${N}',
    '[5]',
    '0.1e400',
  ]),
  ['real', '0', 0],
  ['real', '0.5', 0.5],
  ['real', '-0.25', -0.25],
  ['real', '1e3', 1_000],
  ['real', '1.5e-3', 0.0015],
  ['real', '1e30', 1e30],
  ['real', '0.0', 0],
  ['real', '0e5', 0],
  ['real', '-0', -0],
  ['real', '-0.0', -0],
  ['real', '-0e5', -0],
  ...refusedAs('real', [
    '',
    ' 0.5',
    '0.5 ',
    '.5',
    '5.',
    '0,5',
    '+0.5',
    '00.5',
    '1e400',
    '-1e400',
    '1e-400',
    '-1e-400',
    '-0.',
    'Infinity',
    '-Infinity',
    'NaN',
    '0x1p3',
    '1_0.5',
    '12345678901234567890',
    '50%',
    'true',
    '',
    '1/2',
    '∞',
    '0.5f',
  ]),
  ['text', '', ''],
  ['text', ' ', ' '],
  ['text', 'a b', 'a b'],
  ['text', ' a ', ' a '],
  ['text', '5', '5'],
  ['text', '005', '005'],
  ['text', 'true', 'true'],
  ['text', 'null', 'null'],
  ['text', '~', '~'],
  ['text', '1e3', '1e3'],
  ['text', '"quoted"', '"quoted"'],
  ['text', '[a, b]', '[a, b]'],
  ['text', '{"a": 1}', '{"a": 1}'],
  ['text', '${HOME}', '${HOME}'],
  ['text', '$${x}', '$${x}'],
  ['text', 'a: b # c', 'a: b # c'],
  ['text', '*alias', '*alias'],
  ['text', 'line\nline', 'line\nline'],
  ['text', '2001-01-01', '2001-01-01'],
  ['text', '12:30', '12:30'],
  ['wait', '0', 0],
  ['wait', '30', 30],
  ['wait', '0.5', 0.5],
  ['wait', '250ms', 0.25],
  ['wait', '30s', 30],
  ['wait', '5m', 300],
  ['wait', '1h30m', 5_400],
  ['wait', '1d', 86_400],
  ...refusedAs('wait', [
    '',
    ' 30s',
    '30s ',
    '30 s',
    '30S',
    '30sec',
    '5min',
    '1m1h',
    '1s1s',
    '-5s',
    '+5s',
    '1e3',
    '1e3s',
    '0x10s',
    '1_000s',
    '.5s',
    '5.s',
    'PT5M',
    's',
    'Infinity',
    'Infinitys',
    'NaN',
    '05s',
    '12:30',
    'null',
  ]),
  ['hold', '0', 0],
  ['hold', '512', 512],
  ['hold', '10MB', 10_000_000],
  ['hold', '1MiB', 1_048_576],
  ['hold', '1.5kB', 1_500],
  ...refusedAs('hold', [
    '',
    ' 1MB',
    '1MB ',
    '1 MB',
    '1mb',
    '1M',
    '1m',
    '-1MB',
    '0.5B',
    '1.5',
    '1e3',
    '1e3MB',
    '0x10',
    '99999999TiB',
    'MB',
    '1MB1kB',
    '1constructor',
    'Infinity',
  ]),
  ['word', 'debug', 'debug'],
  ...refusedAs('word', ['', 'Debug', 'DEBUG', ' debug', 'debug ', '"debug"', 'trace', 'debug,info']),
  ['oneOf', '2', 2],
  ...refusedAs('oneOf', ['', '4', '2.5', '02', 'two', ' 2', '0x2']),
  ['words', 'a', ['a']],
  ['words', 'a,b', ['a', 'b']],
  ['words', 'a b,c', ['a b', 'c']],
  ['words', '5,true', ['5', 'true']],
  ['words', '["a,b","c"]', ['a,b', 'c']],
  ['words', '[]', []],
  ['words', '[""]', ['']],
  ...refusedAs('words', [
    '',
    ',',
    'a,',
    ',a',
    'a,,b',
    'a, b',
    ' a',
    'a ',
    '[a]',
    '[a, b]',
    '["a"',
    '["a",]',
    '[1]',
    '[null]',
    '[["a"]]',
    "['a']",
    '["a"] x',
    '[a: b',
  ]),
  ['numbers', '1', [1]],
  ['numbers', '1,2,3', [1, 2, 3]],
  ['numbers', '[1,2]', [1, 2]],
  ['numbers', '1e3,-5', [1_000, -5]],
  ...refusedAs('numbers', [
    '',
    '1,',
    '1, 2',
    '1;2',
    '1,x',
    '1,0x2',
    '1,2.5',
    '["1"]',
    '[1.5]',
    '[01]',
    '[0x1]',
    '[1_0]',
    '1,Infinity',
    '[12345678901234567890]',
    'true',
  ]),
  ['flags', 'true,false', [true, false]],
  ...refusedAs('flags', ['true,no', '1,0', 'true, false', '[1]', '["true"]']),
  ['anything', '[1,"a",{"b":null}]', [1, 'a', { b: null }]],
  ['anything', '1,true', ['1', 'true']],
  ['map', '{}', {}],
  ['map', '{"a":{"b":[1,true,"x"]}}', { a: { b: [1, true, 'x'] } }],
  ['map', '{"x":"${HOME}"}', { x: '${HOME}' }],
  ...refusedAs('map', [
    '',
    'a',
    'a: 1',
    '{a: 1}',
    '{"a":1',
    '{"a":1}}',
    '[]',
    'null',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
    '{"constructor":1}',
    '{"a":{"prototype":1}}',
    '{"a":1e999}'.replace('1e999', '12345678901234567890'),
    "{'a':1}",
    '{"a":NaN}',
  ]),
  ['part', '{"level":2}', { level: 2 }],
  ...refusedAs('part', ['', '2', '[]', '{"level":"2"}', '{"levle":2}', '{"level":1.5}', 'level=2']),
  ['parts', '[{"level":2},{}]', [{ level: 2 }, { level: 1 }]],
  ['parts', '[]', []],
  ...refusedAs('parts', ['', '{}', '[2]', '[{"level":"2"}]', 'a,b', '[{"x":1}]']),
  ['maybe', '5', 5],
  ...refusedAs('maybe', ['', 'null', 'undefined', '-1', '0x5', ' 5']),
  // Nothing says what it is, so it is what a variable holds: text.
  ['own', '5', '5'],
  ['own', 'true', 'true'],
  ['own', '{"a":1}', '{"a":1}'],
];

const segmentOf = (option: string): string => option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

describe('the text of a variable', () => {
  const own = Object.getOwnPropertyNames(Object.prototype);

  it('is given in at least two hundred forms here', () => {
    expect(rows.length).toBeGreaterThanOrEqual(200);
  });

  it.each(rows)('for the option %s: %j', async (option, text, value) => {
    const name = `PANOTTI__${segmentOf(option)}`;
    const { host } = await loadConfiguration(
      { configDirectory: '/nowhere', dataDirectory: '/nowhere' },
      { [name]: text },
    );
    const bound = host.bind(Options, []);

    if (value === REFUSED) {
      expect(bound.value).toBeUndefined();
      expect(bound.problems.length).toBeGreaterThan(0);
      for (const problem of bound.problems) {
        expect(problem).toMatchObject({
          file: '(environment)',
          line: 1,
          column: 1,
          fix: expect.stringMatching(/\w/) as unknown,
        });
        expect(problem.path).toBe(name);
        if (text.length > 8) expect(problem.message).not.toContain(text);
      }
    } else {
      expect(bound.problems).toEqual([]);
      expect(bound.value?.[option]).toEqual(value);
      expect(typeof bound.value?.[option]).toBe(typeof value);
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(own);
  });
});
