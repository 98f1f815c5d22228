import * as fc from 'fast-check';
import { IsBoolean, IsInt, IsObject, IsOptional, IsString } from 'class-validator';
import { stringify } from 'yaml';
import { ConfigurationDocument, Nested } from '../../../../src/config/index.js';

class Inner {
  @IsBoolean() flag = false;
  @IsOptional() @IsString() text?: string;
}

class Settings {
  @IsInt() count = 1;
  @IsObject() free: object = {};
  @Nested(() => Inner) inner = new Inner();
  @Nested(() => Inner) list: Inner[] = [];
  @Nested(() => Inner, { shape: 'map' }) map: Record<string, Inner> = {};
}

/** In the full run as many as the promise is about. */
const DOCUMENTS = process.env['PANOTTI_TEST_FULL'] ? 10_000 : 600;
const LONGEST_CPU_MS = 500;

const KEYS = [
  'count',
  'free',
  'inner',
  'list',
  'map',
  'flag',
  'text',
  '__proto__',
  'constructor',
  'prototype',
  '<<',
  'then',
  'toJSON',
  '',
];
const SIGNS = [
  ': ',
  '\n',
  '\n  ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '<<: ',
  '!!set ',
  '!x ',
  '"',
  "'",
  '|',
  '>',
  '#',
  '\t',
  '? ',
  ', ',
  '---\n',
];
const WORDS = [
  '%YAML 1.1\n',
  '${A}',
  '${A:-1}',
  '$${',
  '${',
  '~',
  '0x1f',
  '.nan',
  '1e999',
  '2001-01-01',
  '\u0000',
  '\ud800',
];
const FRAGMENTS = [...KEYS, ...SIGNS, ...WORDS];

/** Words and signs of YAML in any order: most of it is wrong, some of it nearly right. */
const brokenYaml = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 }).map((parts) => parts.join(''));

/** Well-formed YAML with the keys of the class and values of any kind. */
const strangeYaml = fc
  .object({
    key: fc.constantFrom(...KEYS),
    maxDepth: 4,
    values: [fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
  })
  .map((value) => stringify(value));

const anyText = fc.oneof(brokenYaml, strangeYaml, fc.string({ unit: 'binary', maxLength: 200 }));

describe('any text at all', () => {
  it('gives either a frozen instance or problems with places, never an exception, and changes no prototype', () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(anyText, (text) => {
        const before = process.threadCpuUsage();
        const document = ConfigurationDocument.parse({ file: 'f.yaml', text, environment: { A: 'x: [1' } });
        const { value, problems } = document.bind(Settings, []);
        const { user, system } = process.threadCpuUsage(before);

        expect((user + system) / 1_000).toBeLessThan(LONGEST_CPU_MS);
        const lines = text.split(/\r\n|\n/).length;

        expect(value === undefined).toBe(problems.length > 0);
        if (value)
          expect(Object.isFrozen(value) && value instanceof Settings && document.problems.length === 0).toBe(true);
        for (const { line, column, code, fix, path } of [...document.problems, ...problems]) {
          expect(line >= 1 && line <= lines && column >= 1 && code !== undefined && fix !== '' && path !== '').toBe(
            true,
          );
        }
        for (const key of document.keys([])) document.problemAt([key], 'm', 'key');
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names);
      }),
      { numRuns: DOCUMENTS },
    );
  });

  it('comes back as it was written when it is a map of plain data', () => {
    const value = fc.letrec<{ data: unknown }>((tie) => ({
      data: fc.oneof(
        { maxDepth: 3 },
        fc.string().filter((text) => !text.includes('${')),
        fc.integer(),
        fc.boolean(),
        fc.array(tie('data'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('data'), { maxKeys: 3 }),
      ),
    })).data;
    const documents = fc
      .dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value)
      .filter((map) => !JSON.stringify(map).includes('constructor'));

    fc.assert(
      fc.property(documents, (map) => {
        const document = ConfigurationDocument.parse({ file: 'f.yaml', text: stringify(map), environment: {} });
        expect([document.problems, document.valueAt([])]).toEqual([[], { ...map }]);
      }),
      { numRuns: 200 },
    );
  });
});
