import { ConfigurationDocument } from '../../../src/config/index.js';

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

  it.each(['"${"', '"${}"', '"${1A}"', '"${A-B}"', '"${NAME"', '"${NAME:-${FLAG}}"', '"${file:/run/secrets/key}"'])(
    'refuses %s instead of using it as it stands',
    (written) => {
      expect(parse(`key: ${written}\n`).problems).toMatchObject([
        {
          file: 'f.yaml',
          line: 1,
          column: 6,
          path: 'key',
          message: '"${" begins no reference; write ${NAME} or ${NAME:-default}, or $${ for the characters themselves',
        },
      ]);
    },
  );

  it('refuses a number that would lose digits, from a variable as from the file', () => {
    const message = 'is a number too large to be kept exactly; put it in quotes to keep it as text';
    expect(parse('a: ${LONG}\nb: 12345678901234567890\nc: "${LONG}"\n').problems).toMatchObject([
      { path: 'a', message },
      { path: 'b', message },
    ]);
  });
});
