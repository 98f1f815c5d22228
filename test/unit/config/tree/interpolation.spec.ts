import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationDocument, describeProblem, loadConfiguration } from '../../../../src/config/index.js';

const environment = {
  PORT_NUMBER: '8080',
  FLAG: 'false',
  EMPTY: '',
  LIST: '[1, 2]',
  MAP: 'a: 1',
  QUOTED: '"5"',
  HASH: 'a # b',
  STAR: '*a',
  SPACE: ' 5 ',
  NAME: 'value',
  REFERENCE: '${NAME}',
  LONG: '12345678901234567890',
};

function parse(text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text, environment });
}

function valueOf(written: string): unknown {
  const document = parse(`key: ${written}\n`);
  expect(document.problems).toMatchObject([]);
  return document.valueAt(['key']);
}

describe('variables in values', () => {
  it.each([
    ['${PORT_NUMBER}', 8080],
    ['${FLAG}', false],
    ['${EMPTY}', null],
    ['${MISSING:-30}', 30],
    ['${MISSING:-}', null],
    ['${MISSING:-true}', true],
    ['${MISSING:-text}', 'text'],
    ['${EMPTY:-7}', 7],
  ])('types an unquoted whole reference %s as YAML does', (written, value) => {
    expect(valueOf(written)).toBe(value);
  });

  it.each([
    ['${LIST}', '[1, 2]'],
    ['${MAP}', 'a: 1'],
    ['${QUOTED}', '"5"'],
    ['${HASH}', 'a # b'],
    ['${STAR}', '*a'],
    ['${SPACE}', ' 5 '],
    ['${REFERENCE}', '${NAME}'],
  ])('never reads the content of %s as more than one plain word', (written, value) => {
    expect(valueOf(written)).toBe(value);
  });

  it.each([
    ['"${PORT_NUMBER}"', '8080'],
    ["'${FLAG}'", 'false'],
    ['port-${PORT_NUMBER}', 'port-8080'],
    ['${PORT_NUMBER}${PORT_NUMBER}', '80808080'],
    ['|\n  ${PORT_NUMBER}\n', '8080\n'],
    ['!!str ${PORT_NUMBER}', '8080'],
  ])('keeps quoted, embedded and tagged references as text: %s', (written, value) => {
    expect(valueOf(written)).toBe(value);
  });

  it.each([
    ['$${NAME}', '${NAME}'],
    ['a$${b', 'a${b'],
    ['$$${NAME}', '$${NAME}'],
    ['$NAME $5', '$NAME $5'],
  ])('leaves the escaped or other dollar in %s alone', (written, value) => {
    expect(valueOf(written)).toBe(value);
  });

  it('does not look into keys', () => {
    expect(parse('"${NAME}": 1\n').valueAt([])).toEqual({ '${NAME}': 1 });
  });

  it('reports each variable that is not set once a value, with its place', () => {
    const document = parse('a:\n  - "${X} ${Y} ${X}"\n  - ${NAME}\nb: ${X}\n');

    expect(document.problems).toMatchObject([
      { file: 'f.yaml', line: 2, column: 5, path: 'a[0]', message: 'the environment variable X is not set' },
      { file: 'f.yaml', line: 2, column: 5, path: 'a[0]', message: 'the environment variable Y is not set' },
      { file: 'f.yaml', line: 4, column: 4, path: 'b', message: 'the environment variable X is not set' },
    ]);
  });

  it('finds nothing under the names of inherited properties', () => {
    expect(parse('a: ${constructor}\nb: ${__proto__}\n').problems).toMatchObject([{ path: 'a' }, { path: 'b' }]);
  });

  it.each([
    [
      '"${"',
      '"${" is not closed; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"a ${NAME"',
      '"${" is not closed; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"${file:x"',
      '"${" is not closed; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"${NAME:-${FLAG}}"',
      'a ${…} cannot hold another one, nor braces; put them side by side, or set a variable to the whole text',
    ],
    [
      '"${${NAME}}"',
      'a ${…} cannot hold another one, nor braces; put them side by side, or set a variable to the whole text',
    ],
    [
      '"${file:${NAME}}"',
      'a ${…} cannot hold another one, nor braces; put them side by side, or set a variable to the whole text',
    ],
    [
      '"${}"',
      '"${" begins no reference; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"${1A}"',
      '"${" begins no reference; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"${A-B}"',
      '"${" begins no reference; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"${ NAME }"',
      '"${" begins no reference; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
    [
      '"${file:}"',
      '"${" begins no reference; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
    ],
  ])('refuses %s instead of using it as it stands', (written, message) => {
    expect(parse(`key: ${written}\n`).problems).toMatchObject([
      { file: 'f.yaml', line: 1, column: 6, path: 'key', message, code: 'CONFIG_REFERENCE' },
    ]);
  });

  it('takes no time to find that ten thousand of them are not closed', () => {
    expect(parse(`key: "${'${'.repeat(10_000)}"\n`).problems).toHaveLength(1);
    expect(parse(`key: "${'${NAME} '.repeat(10_000)}"\n`).problems).toMatchObject([
      { message: 'holds more than 100 references' },
    ]);
  });

  it('remembers what a value was made of, and nothing where it stands as written', () => {
    const document = parse('a: "${NAME}-${FLAG:-x}"\nb: plain\n');
    expect([['a'], ['b']].map((path) => document.valuesAt(path)[0]?.node)).toEqual([
      expect.objectContaining({ value: 'value-false', references: ['NAME', 'FLAG'] }),
      expect.not.objectContaining({ references: expect.anything() as unknown }),
    ]);
  });

  it('refuses a number that would lose digits, from a variable as from the file', () => {
    const message = 'is a number too large to be kept exactly; put it in quotes to keep it as text';
    expect(parse('a: ${LONG}\nb: 12345678901234567890\nc: "${LONG}"\n').problems).toMatchObject([
      { path: 'a', message },
      { path: 'b', message },
    ]);
  });
});

describe('files in values', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-reference-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function read(written: string): Promise<unknown> {
    writeFileSync(join(directory, 'panotti.yaml'), `key: ${written}\n`);
    const { host } = await loadConfiguration({ configDirectory: directory, dataDirectory: directory }, { NAME: 'n' });
    return host.problems.length > 0
      ? host.problems.map(describeProblem).map((line) => line.replace(`${directory}/`, ''))
      : host.valueAt(['key']);
  }

  it.each([
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['two\nlines\n\n', 'two\nlines\n'],
    ['', ''],
    ['12345', '12345'],
    ['true', 'true'],
    ['${NAME}', '${NAME}'],
    ['a: [1', 'a: [1'],
  ])('are text, as the file holds it but for the last line break: %j', async (content, value) => {
    writeFileSync(join(directory, 'key.txt'), content);
    expect(await read('${file:key.txt}')).toBe(value);
    expect(await read(`"\${file:${join(directory, 'key.txt')}}"`)).toBe(value);
  });

  it('stand beside other text and variables', async () => {
    writeFileSync(join(directory, 'key.txt'), 'k');
    expect(await read('postgres://${NAME}:${file:./key.txt}@db')).toBe('postgres://n:k@db');
  });

  it('may be as large as the limit and no larger', async () => {
    writeFileSync(join(directory, 'key.txt'), 'x'.repeat(65_536));
    expect(await read('${file:key.txt}')).toHaveLength(65_536);
    writeFileSync(join(directory, 'key.txt'), 'x'.repeat(65_537));
    expect(await read('${file:key.txt}')).toEqual([
      'panotti.yaml:1:6  key: the file "key.txt" cannot be read: the file is larger than 64 KiB',
    ]);
  });

  it.each([
    ['nowhere', 'there is none'],
    ['folder', 'it is not a file'],
    ['pipe', 'it is not a file'],
    ['/dev/zero', 'it is not a file'],
    ['link-to-pipe', 'it is not a file'],
    ['latin1', 'it is not UTF-8 text'],
  ])('are refused with their place when they are %s', async (name, why) => {
    mkdirSync(join(directory, 'folder'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    symlinkSync(join(directory, 'pipe'), join(directory, 'link-to-pipe'));
    writeFileSync(join(directory, 'latin1'), Buffer.from([0xe9, 0x20]));
    expect(await read(`\${file:${name}}`)).toEqual([
      `panotti.yaml:1:6  key: the file "${name}" cannot be read: ${why}`,
    ]);
  });

  it('of the system, which say that they are empty, are read all the same', async () => {
    expect(await read('${file:/proc/self/status}')).toContain('Name:');
  });
});
