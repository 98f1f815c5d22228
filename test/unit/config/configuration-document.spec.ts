import { Allow } from 'class-validator';
import { ConfigurationDocument, describeProblem } from '../../../src/config/index.js';

class Anything {
  @Allow() a: unknown;
}

function parse(text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
}

function problems(text: string): string[] {
  return parse(text).problems.map(describeProblem);
}

describe('a document', () => {
  it('answers what is written where', () => {
    const document = parse('a:\n  b: [1, { c: x }]\n8080: y\n');

    expect(document.keys([])).toEqual(['a', '8080'].sort((x, y) => y.localeCompare(x)));
    expect(document.keys(['a', 'b'])).toEqual([]);
    expect(document.keys(['nowhere'])).toEqual([]);
    expect(document.valueAt(['a', 'b', 1, 'c'])).toBe('x');
    expect(document.valueAt(['a', 'b', 'c'])).toBeUndefined();
    expect(document.problemAt(['a', 'b', 1, 'c'], 'm')).toMatchObject({
      file: 'f.yaml',
      line: 2,
      column: 15,
      path: 'a.b[1].c',
      message: 'm',
    });
  });

  it.each(['', '\n\n', '# only a comment\n', '---\n', '~', '\ufeff'])('counts %p as empty', (text) => {
    const document = parse(text);
    expect(document.problems).toEqual([]);
    expect(document.valueAt([])).toEqual({});
  });

  it.each([
    ['- a\n- b\n', 'f.yaml:1:1  (document): must be a map of keys and values, but is a list'],
    ['\n  word\n', 'f.yaml:2:3  (document): must be a map of keys and values, but is a text'],
    ['5', 'f.yaml:1:1  (document): must be a map of keys and values, but is a number'],
  ])('must be a map: %p', (text, problem) => {
    const document = parse(text);
    expect(problems(text)).toEqual([problem]);
    expect(document.bind(Anything, ['x'])).toEqual({ value: undefined, problems: document.problems, warnings: [] });
  });

  it('gives nothing out of a text that is no YAML but its problems', () => {
    const document = parse('a: 1\nb: "x\n');

    expect(document.keys([])).toEqual([]);
    expect(document.bind(Anything, []).problems.map(describeProblem)).toEqual([
      'f.yaml:3:1  (yaml): a quote, bracket, comma or colon is missing here or above; values with ${…} inside [ ] and { } need quotes',
    ]);
  });

  it.each([
    [
      'a: !custom x\n',
      'f.yaml:1:4  (yaml): the only tag that begins with ! is !encrypted, before a text, and a standard tag such as !!str must fit its value',
    ],
    ['a: 1\n---\nb: 2\n', 'f.yaml:2:1  (yaml): the file holds more than one document; remove the line ---'],
    [
      '%YAML 1.1\n---\na: yes\n',
      'f.yaml:1:1  (yaml): the directive %YAML asks for another version than 1.2; remove it',
    ],
    ['? [a]\n: b\n', 'f.yaml:1:3  (yaml): a key must be text, not a list, a map or an alias'],
    [
      'a: *nowhere\n',
      'f.yaml:1:4  a: refers to an anchor that is not defined above; put a text that begins with * in quotes',
    ],
    ['a: &a [*a]\n', 'f.yaml:1:8  a[0]: refers to an anchor around itself'],
    ['a: { <<: 5 }\n', 'f.yaml:1:6  a["<<"]: must be an alias of a map, or a list of such aliases, but is a number'],
  ])('refuses %p', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it('refuses at 65 levels, 101 aliases, 10,001 values and more than a MiB', () => {
    const nested = (levels: number): string => `${'{a: '.repeat(levels)}1${'}'.repeat(levels)}`;
    const aliases = (count: number): string => `a: &x 1\nb: [${'*x, '.repeat(count)}]\n`;
    const values = (count: number): string => `a: [${'1, '.repeat(count)}]\n`;

    expect(problems(nested(64))).toEqual([]);
    expect(problems(nested(65))).toMatchObject([expect.stringContaining('is nested deeper than 64 levels')]);
    expect(problems('['.repeat(2000))).toEqual([expect.stringContaining('too deep')]);
    expect(problems(aliases(100))).toEqual([]);
    expect(problems(aliases(101))).toEqual(['f.yaml:2:405  b[100]: the file uses more than 100 aliases']);
    expect(problems(values(9_998))).toEqual([]);
    expect(problems(values(9_999))).toEqual([
      'f.yaml:1:29999  (document): the file holds more than 10000 values, aliases followed',
    ]);
    expect(problems(`# ${'x'.repeat(1024 * 1024)}`)).toEqual(['f.yaml:1:1  (document): the file is larger than 1 MiB']);
  });

  it('ends an alias bomb', () => {
    const levels = 'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]}, `.repeat(10)}]`);
    const text = `a: &a [${'x, '.repeat(10)}]\n${levels.join('\n')}\n`;

    expect(problems(text).length).toBeGreaterThan(0);
  });

  it('decides what an alias means where it stands, also when the anchor is given again', () => {
    expect(parse('a: &x { n: &y 1 }\nb: &y 2\nc: *x\nd: *y\n').valueAt([])).toEqual({
      a: { n: 1 },
      b: 2,
      c: { n: 1 },
      d: 2,
    });
  });
});

describe('an object given in code', () => {
  const read = (value: object): ConfigurationDocument => ConfigurationDocument.fromObject({ label: 'code', value });

  it('is read as a file would be, without variables', () => {
    class Options {
      host = 'a';
      port = undefined;
      list = ['${X}', null, 5];
    }
    expect(read(new Options()).valueAt([])).toEqual({ host: 'a', list: ['${X}', null, 5] });
  });

  it('must be made of plain data, and must not contain itself', () => {
    const endless: Record<string, unknown> = {};
    endless['again'] = endless;

    expect(read({ a: new Date(0), b: () => 1, c: [1n] }).problems.map(({ path }) => path)).toEqual(['a', 'b', 'c[0]']);
    expect(read(endless).problems).toMatchObject([{ message: 'is nested deeper than 64 levels' }]);
  });
});
