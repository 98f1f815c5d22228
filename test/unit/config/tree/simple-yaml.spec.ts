import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { readSimpleYaml } from '../../../../src/config/tree/simple-yaml.js';
import { readYaml } from '../../../../src/config/tree/yaml-reader.js';

const DOCUMENTS = process.env['PANOTTI_TEST_FULL'] ? 200_000 : 2_000;
const SEED = 20_261_130;
const environment = { NAME: 'value', PORT: '3000', ZERO: '007', EMPTY: '' };
const source = { file: 'a.yaml', environment, pathPrefix: 'plugins' };

/** The tree of the parser: a tab in a comment at the end is nothing that the simple form may have. */
function parsed(text: string): unknown {
  return readYaml({ ...source, text: `${text}\n#\t` });
}

const anyKey = fc.constantFrom(
  ...'a b key retryCount noise-reduction _x true null y constructor __proto__ x-y 1 a.b é'.split(' '),
);
const VALUES = String.raw`
text ¦ 30 ¦ -1 ¦ 0 ¦ 007 ¦ 0o17 ¦ 0x1F ¦ 1.5 ¦ .5 ¦ -.5 ¦ 1e3 ¦ 12345678901234567890 ¦ +5 ¦ 1_000 ¦ .inf ¦ -.INF ¦ .NaN
true ¦ True ¦ TRUE ¦ false ¦ null ¦ Null ¦ ~ ¦ yes ¦ off ¦ 10MB ¦ 1m30s ¦ 2026-11-30 ¦ 10:30 ¦ http://a.b/c ¦ a:b ¦ a: b
a b c ¦ a - b ¦ a - ¦ - a ¦ - ¦ -- ¦ -a ¦ --- ¦ ... ¦ a#b ¦ a #b ¦ # ¦ # comment ¦ a,b ¦ a@b ¦ @a ¦ %a ¦ /data/x ¦ ./x
${'$'}{NAME} ¦ ${'$'}{PORT} ¦ ${'$'}{ZERO} ¦ ${'$'}{EMPTY} ¦ ${'$'}{MISSING} ¦ ${'$'}{MISSING:-3} ¦ a${'$'}{NAME}b ¦ $${'$'}{NAME} ¦ ${'$'}{NAME
"${'$'}{PORT}" ¦ '${'$'}{PORT}' ¦ "quoted" ¦ 'quoted' ¦ "a # b" ¦ 'it''s' ¦ "a\n" ¦ " ¦ ' ¦ "" ¦ '' ¦ "a" b ¦ "30" ¦ 'true' ¦ "a: b" ¦ "é – “x”"
[] ¦ [ ] ¦ [a] ¦ [a, b] ¦ [1, true, null] ¦ [a b] ¦ [a,b] ¦ [a, ] ¦ [[a]] ¦ [ ¦ ] ¦ [a]b ¦ [-1] ¦ ["a"] ¦ [a, 0x1F]
{} ¦ { } ¦ { a: 1 } ¦ {a: 1, b: text} ¦ { a: 1, a: 2 } ¦ { constructor: 1 } ¦ {a:1} ¦ { a: } ¦ { ¦ { a: [b] } ¦ { a: 1 } x ¦ { a: b:c }
&x a ¦ *x ¦ !encrypted a ¦ !!str 1 ¦ | ¦ > ¦ ? a ¦ << ¦ = ¦ a=b ¦ a{b} ¦ {b}a`
  .trim()
  .split(/ ¦ |\n/);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...VALUES) },
  fc.constantFrom('', '`a`'),
  fc.string({ maxLength: 6 }),
);
const line = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(anyKey, value).map(([key, written]) => `${key}: ${written}`) },
  { weight: 4, arbitrary: anyKey.map((key) => `${key}:`) },
  { weight: 3, arbitrary: value.map((written) => `- ${written}`) },
  fc.constantFrom('', '#', '# comment', '-', '<<: *x', 'word', 'a:b', '? a', ': b', '-a'),
);
const ending = fc.constantFrom('', '', '', '', ' ', ' # why', '  #', '# not one');
const document = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 0, 2, 2, 4, 1), line, ending), { minLength: 1, maxLength: 7 })
  .map((lines) => lines.map(([indent, text, end]) => `${' '.repeat(indent)}${text}${end}`).join('\n'));

/** Whole documents of the simple form, so that what lies deep is reached too. */
const plain = fc.constantFrom(
  'text',
  '30',
  'true',
  '10MB',
  '${NAME}',
  "'quoted'",
  '[a, 1]',
  '{ a: 1, b: x }',
  '',
  '1.5',
);
const name = fc.constantFrom('a', 'b', 'key', 'retryCount', 'noise-reduction', '_x', 'true', 'x-y', 'null');
const { block } = fc.letrec<{ block: string[] }>((tie) => ({
  block: fc
    .uniqueArray(
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.tuple(name, plain).map(([key, written]) => ({ key, lines: [`${key}: ${written}`.trimEnd()] })),
        fc
          .tuple(name, fc.array(plain, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '  '))
          .map(([key, items, indent]) => ({
            key,
            lines: [`${key}:`, ...items.map((item) => `${indent}- ${item}`)],
          })),
        fc
          .tuple(name, tie('block'))
          .map(([key, below]) => ({ key, lines: [`${key}:`, ...below.map((one) => `  ${one}`)] })),
      ),
      { minLength: 1, maxLength: 4, selector: (entry) => entry.key },
    )
    .map((entries) => entries.flatMap(({ lines }) => lines)),
}));

/** The documents that both read, and differently. */
function differences(texts: readonly string[]): { readonly simple: number; readonly different: readonly string[] } {
  let simple = 0;
  const different = texts.filter((text) => {
    const read = readSimpleYaml(text, source);
    if (read) simple += 1;
    return read !== undefined && !isDeepStrictEqual(read, parsed(text));
  });
  return { simple, different };
}

describe('YAML of the simplest form', () => {
  it.each([
    ['lines of all kinds', document, 0.02],
    ['maps and lists in one another', block.map((lines) => lines.join('\n')), 0.3],
  ])('is read as the parser reads it, values and places alike: %s', (_what, arbitrary, share) => {
    const { simple, different } = differences(fc.sample(arbitrary, { numRuns: DOCUMENTS, seed: SEED }));

    expect(different).toEqual([]);
    expect(simple).toBeGreaterThan(DOCUMENTS * share);
  });

  it('is what most operators write: comments, quotes, variables, lists, and values in brackets', () => {
    const text = [
      '# The server.',
      'http: # where it listens',
      '  host: 0.0.0.0',
      '  port: ${PORT}',
      '',
      'plugins:',
      '  directories:',
      '    - ./plugins # ours',
      "    - 'with blanks in it'",
      '  packages: [a, b]',
      'limits: { first: 10, second: 1.5 }',
      'empty:',
    ].join('\n');

    expect(readSimpleYaml(text, source)).toEqual(parsed(text));
    expect(readSimpleYaml(text, source)?.entries.get('http')?.node).toMatchObject({
      kind: 'map',
      origin: { line: 3, column: 3 },
    });
  });

  it.each([
    [9_999, true],
    [10_000, false],
  ])('has at most as many values as the parser may find: %i below the root', (count, isSimple) => {
    const text = Array.from({ length: count }, (_, index) => `a${index}: 1`).join('\n');

    expect(readSimpleYaml(text, source) !== undefined).toBe(isSimple);
    expect(
      (parsed(text) as { entries: Map<string, { node: { kind: string } }> }).entries.get(`a${count - 1}`)?.node.kind,
    ).toBe(isSimple ? 'scalar' : 'refused');
  });

  it.each(['config/panotti.yaml', 'config/plugins.yaml'])('gives the tree that the parser gives of %s', (path) => {
    const text = readFileSync(path, 'utf8');

    expect([undefined, parsed(text)]).toContainEqual(readSimpleYaml(text, source));
  });

  it.each([
    ['a key that is written twice', 'a: 1\na: 2'],
    ['a key that is never allowed', 'constructor: 1'],
    ['an anchor', 'a: &x 1'],
    ['a tag', 'a: !encrypted x'],
    ['a text on several lines', 'a: b\n  c'],
    ['a block of text', 'a: |\n  b'],
    ['a tab', 'a:\t1'],
    ['another line break', 'a: 1\r\nb: 2'],
    ['a second document', 'a: 1\n---\nb: 2'],
    ['a map in a list', 'a:\n  - b: 1'],
    ['indentation that does not fit', 'a:\n    b: 1\n  c: 2'],
    ['nothing at all', '# comment'],
  ])('is not %s, which is left to the parser', (_what, text) => {
    expect(readSimpleYaml(text, source)).toBeUndefined();
  });
});
