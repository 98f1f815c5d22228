/** Texts that have broken YAML readers, and what becomes of each here: either exactly what is written, or a refusal with a place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Allow } from 'class-validator';
import { ConfigurationDocument, loadConfiguration, type ConfigurationProblem } from '../../../../src/config/index.js';

class Anything {
  @Allow() a: unknown;
}

/** How many times the CPU time of a harmless text a hostile one may take: the refusal of 10 MB takes about as long as 5,000 values. */
const LONGEST = 30;
const HARMLESS = `a: [${'1, '.repeat(4_000)}]\n`;

/** Reads and binds, and measures the CPU time of both. */
function parsed(text: string) {
  const before = process.threadCpuUsage();
  const document = ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
  const bound = document.bind(Anything, []);
  const { user, system } = process.threadCpuUsage(before);
  return { document, bound, cpuUs: user + system };
}

let harmlessCpuUs: number;
beforeAll(() => {
  const { document, cpuUs } = parsed(HARMLESS);
  expect(document.problems).toEqual([]);
  harmlessCpuUs = cpuUs;
});

/** Reads and binds within the time that a text may take, and holds every refusal to what it must have. */
function read(text: string): { value: unknown; problems: readonly ConfigurationProblem[] } {
  const { document, bound, cpuUs } = parsed(text);
  const problems = [...document.problems, ...bound.problems];
  expect(cpuUs / harmlessCpuUs).toBeLessThan(LONGEST);
  for (const problem of problems) {
    expect(problem).toMatchObject({
      file: 'f.yaml',
      path: expect.stringMatching(/./) as unknown,
      fix: expect.stringMatching(/\w/) as unknown,
    });
    expect(problem.line >= 1 && problem.column >= 1 && problem.code.startsWith('CONFIG_')).toBe(true);
  }
  return { value: problems.length === 0 ? bound.value?.a : undefined, problems };
}

const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
for (let level = 1; level <= 12; level += 1)
  bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
const cyclic = 'a: &a\n  b: *a\n';
const mergeBomb = `a: &x { k: 1 }\n${Array.from({ length: 150 }, (_, index) => `m${index}: { <<: *x }`).join('\n')}\n`;

describe('a text that is refused', () => {
  it.each<[string, string, string]>([
    ['a bomb of aliases', `${bomb.join('\n')}\n`, 'CONFIG_LIMIT'],
    ['an alias around itself', cyclic, 'CONFIG_SYNTAX'],
    ['more merge keys than aliases are allowed', mergeBomb, 'CONFIG_LIMIT'],
    ['20,000 levels of lists', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`, 'CONFIG_LIMIT'],
    ['20,000 lists that are not closed', `a: ${'['.repeat(20_000)}\n`, 'CONFIG_LIMIT'],
    ['20,000 levels of maps', `a: ${'{a: '.repeat(20_000)}${'}'.repeat(20_000)}\n`, 'CONFIG_LIMIT'],
    [
      '200 levels of indentation',
      Array.from({ length: 200 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
      'CONFIG_LIMIT',
    ],
    ['10 MB in one value', `a: ${'x'.repeat(10_000_000)}\n`, 'CONFIG_LIMIT'],
    ['20,000 values', `a: [${'1, '.repeat(20_000)}]\n`, 'CONFIG_LIMIT'],
    ['one key twice', 'a: 1\na: 2\n', 'CONFIG_DUPLICATE_KEY'],
    ['one key twice, once in quotes', 'a: 1\n"a": 2\n', 'CONFIG_DUPLICATE_KEY'],
    ['the prototype', '__proto__: { polluted: 1 }\n', 'CONFIG_UNKNOWN_KEY'],
    ['the prototype below', 'a: { __proto__: { polluted: 1 } }\n', 'CONFIG_UNKNOWN_KEY'],
    ['the constructor', 'a: { constructor: { prototype: { polluted: 1 } } }\n', 'CONFIG_UNKNOWN_KEY'],
    ['the prototype in a merged map', 'a: { <<: { __proto__: { polluted: 1 } } }\n', 'CONFIG_UNKNOWN_KEY'],
    ['a merge of no map', 'a: { <<: 5 }\n', 'CONFIG_WRONG_TYPE'],
    ['a tag of its own', 'a: !custom x\n', 'CONFIG_SYNTAX'],
    ['a tag of JavaScript', 'a: !!js/function "function () {}"\n', 'CONFIG_SYNTAX'],
    ['a tag of Python', 'a: !!python/object/apply:os.system ["true"]\n', 'CONFIG_SYNTAX'],
    ['a tag that does not fit', 'a: !!int x\n', 'CONFIG_SYNTAX'],
    ['a tag with an address', 'a: !<tag:example.com,2000:x> y\n', 'CONFIG_SYNTAX'],
    ['two documents', 'a: 1\n---\na: 2\n', 'CONFIG_SYNTAX'],
    ['another version of YAML', '%YAML 1.1\n---\na: no\n', 'CONFIG_SYNTAX'],
    ['a tab as indentation', 'a:\n\tb: 1\n', 'CONFIG_SYNTAX'],
    ['a number too large to be kept', 'a: 9007199254740993\n', 'CONFIG_WRONG_TYPE'],
    ['a number with twenty digits', 'a: 12345678901234567890\n', 'CONFIG_WRONG_TYPE'],
    ['a hexadecimal number too large to be kept', 'a: 0xffffffffffffffffff\n', 'CONFIG_WRONG_TYPE'],
    ['a number that some read as octal', 'a: 0755\n', 'CONFIG_WRONG_TYPE'],
    ['a list as a key', '? [a]\n: 1\n', 'CONFIG_SYNTAX'],
    ['a reference that is not closed', 'a: "${A"\n', 'CONFIG_REFERENCE'],
  ])('has a place, and takes no time: %s', (_name, text, code) => {
    const { value, problems } = read(text);
    expect(value).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, Buffer]>([
    ['half a character', Buffer.from([0x61, 0x3a, 0x20, 0xc3])],
    ['a character written too long', Buffer.from([0x61, 0x3a, 0x20, 0xc0, 0xaf])],
    ['half a pair', Buffer.from([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80])],
    ['UTF-16', Buffer.from('a: 1\n', 'utf16le')],
  ])('is no UTF-8, and says so: %s', async (_name, bytes) => {
    const directory = mkdtempSync(join(tmpdir(), 'panotti-corpus-'));
    writeFileSync(join(directory, 'panotti.yaml'), bytes);
    const { host } = await loadConfiguration({ configDirectory: directory, dataDirectory: directory }, {});
    rmSync(directory, { recursive: true });
    expect([...host.problems, ...host.bind(Anything, []).problems]).not.toEqual([]);
  });
});

describe('a text that is taken', () => {
  it.each<[string, unknown]>([
    ['no', 'no'],
    ['yes', 'yes'],
    ['on', 'on'],
    ['off', 'off'],
    ['y', 'y'],
    ['No', 'No'],
    ['1_000', '1_000'],
    ['12:30', '12:30'],
    ['1:00:00', '1:00:00'],
    ['2001-01-01', '2001-01-01'],
    ['0o17', 15],
    ['0x1f', 31],
    ['1e3', 1_000],
    ['.5', 0.5],
    ['+5', 5],
    ['0b11', '0b11'],
    ['1,000', '1,000'],
    ['1.2.3', '1.2.3'],
    ['=', '='],
    ['TRUE', true],
    ['NULL', null],
    ['"no"', 'no'],
    ['"5"', '5'],
    ['!!str 5', '5'],
    ['!!str 12:30', '12:30'],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['[1, "1", true, "true"]', [1, '1', true, 'true']],
    ['{ toString: 1, toJSON: 2, valueOf: 3 }', { toString: 1, toJSON: 2, valueOf: 3 }],
  ])('is what YAML 1.2 says and nothing that older versions say: %s', (written, value) => {
    const { value: taken, problems } = read(`a: ${written}\n`);
    expect(problems).toEqual([]);
    expect(taken ?? null).toEqual(value);
  });

  it('may begin with a byte order mark, and end its lines as Windows does', () => {
    expect(read('\ufeffa: 1\n').value).toBe(1);
    expect(read('a: 1\r\n').value).toBe(1);
  });
});
