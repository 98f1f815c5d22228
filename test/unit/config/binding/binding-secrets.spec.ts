import { inspect } from 'node:util';
import { IsObject, IsOptional, IsString } from 'class-validator';
import { Secret } from '../../../../src/common/index.js';
import {
  bindOrThrow,
  ConfigurationDocument,
  describeProblem,
  encryptText,
  IsSecret,
  Nested,
  newKey,
  requireKey,
} from '../../../../src/config/index.js';

const KEY = newKey();
const ENVIRONMENT = { PANOTTI_CONFIG_KEY: KEY, TOKEN: 'token-of-the-variable', PIN: '0042', EMPTY: '' };
const LITERAL_WARNING =
  'is a secret that stands in the file for every reader of it; write ${NAME} or ${file:/path}, or write !encrypted and what `panotti config encrypt` prints';

class Connection {
  @IsOptional() @IsSecret() password: Secret | undefined = undefined;
}

class Settings {
  @IsOptional() @IsSecret({ minLength: 4, maxLength: 30, matches: /^[\w-]+$/ }) token: Secret | undefined = undefined;
  @IsSecret({ each: true }) keys: Secret[] = [];
  @IsString() title = '';
  @IsObject() free: object = {};
  @Nested(() => Connection) connection = new Connection();
  @Nested(() => Connection, { shape: 'map' }) named: Record<string, Connection> = {};
}

const encrypted = (text: string): string => `!encrypted ${encryptText(text, requireKey(ENVIRONMENT).key)}`;

function bound(text: string): { value: Settings | undefined; problems: string[]; warnings: string[] } {
  const document = ConfigurationDocument.parse({ file: 'f.yaml', text, environment: ENVIRONMENT });
  const { value, problems, warnings } = document.bind(Settings, []);
  return { value, problems: problems.map(describeProblem), warnings: warnings.map(describeProblem) };
}

describe('a setting with @IsSecret', () => {
  it.each([
    ['a variable', '${TOKEN}', 'token-of-the-variable'],
    ['digits from a variable, as they are', '${PIN}', '0042'],
    ['a part of it from a variable', 'a-${PIN}', 'a-0042'],
    ['a default that was not needed', '${TOKEN:-fall-back}', 'token-of-the-variable'],
    ['an encrypted value', encrypted('of-the-file'), 'of-the-file'],
    ['an encrypted value over several lines', encrypted('of-the-file').replace(/(.{40})/g, '$1\n    '), 'of-the-file'],
    ['an encrypted value that looks like a number', encrypted('1234'), '1234'],
    ['an encrypted value that looks like a reference', encrypted('TOKEN-PIN'), 'TOKEN-PIN'],
  ])('takes %s, without a warning', (_what, written, text) => {
    const { value, problems, warnings } = bound(`token: ${written}\n`);

    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(value?.token).toBeInstanceOf(Secret);
    expect(value?.token?.reveal()).toBe(text);
    expect(Object.isFrozen(value)).toBe(true);
    expect(inspect(value, { depth: 9 }) + JSON.stringify(value)).not.toContain(text);
  });

  it.each(['hunter2', '"hunter2"', '${UNSET:-hunter2}', '${EMPTY:-hunter2}', '|-\n  hunter2'])(
    'takes %j, which stands in the file, with a warning that says where and what to write instead',
    (written) => {
      const { value, problems, warnings } = bound(`token: ${written}\n`);

      expect(value?.token?.reveal()).toBe('hunter2');
      expect({ problems, warnings }).toEqual({ problems: [], warnings: [`f.yaml:1:8  token: ${LITERAL_WARNING}`] });
    },
  );

  it('warns at each place: in lists, sections and named sections', () => {
    const text =
      'keys: [one, "${TOKEN}", three]\nconnection: { password: four }\nnamed: { mail: { password: five } }\n';
    const { value, warnings } = bound(text);

    expect(value?.keys.map((key) => key.reveal())).toEqual(['one', 'token-of-the-variable', 'three']);
    expect(warnings).toEqual(
      [
        'f.yaml:1:8  keys[0]',
        'f.yaml:1:25  keys[2]',
        'f.yaml:2:25  connection.password',
        'f.yaml:3:28  named.mail.password',
      ].map((place) => `${place}: ${LITERAL_WARNING}`),
    );
  });

  it.each([
    ['token: 12345', 'f.yaml:1:8  token: must be a text, but is a number: put it in quotes'],
    ['token: true', 'f.yaml:1:8  token: must be a text, but is true or false: put it in quotes'],
    ['token: { a: hunter2 }', 'f.yaml:1:8  token: must be a text, but is a map'],
    ['token: [hunter2]', 'f.yaml:1:8  token: must be a text, but is a list'],
    ['token: abc', 'f.yaml:1:8  token: must have at least 4 characters'],
    ['token: abcdefghijabcdefghijabcdefghijabcdefghij', 'f.yaml:1:8  token: must have at most 30 characters'],
    ['token: hunter2!', 'f.yaml:1:8  token: must match /^[\\w-]+$/'],
    ['token: ${UNSET}', 'f.yaml:1:8  token: the environment variable UNSET is not set'],
    ['keys: hunter2', 'f.yaml:1:7  keys: must be a list of texts, but is a text'],
    ['keys: [hunter2, 7]', 'f.yaml:1:17  keys[1]: must be a text, but is a number: put it in quotes'],
    ['keys: ["hunter2", ""]', 'f.yaml:1:7  keys: each value must not be empty'],
    ['tokn: hunter2', 'f.yaml:1:1  tokn: is unknown; did you mean "token"?'],
  ])('refuses %j without showing it', (written, problem) => {
    const { value, problems } = bound(`${written}\n`);

    expect({ value, problems }).toEqual({ value: undefined, problems: [problem] });
  });

  it('must be written where it has no default, and a default that is no secret does not pass', () => {
    class Strict {
      @IsSecret() token!: Secret;
      @IsSecret() other = 'hunter2' as unknown as Secret;
    }
    const document = ConfigurationDocument.parse({ file: 'f.yaml', text: '', environment: {} });

    expect(document.bind(Strict, []).problems.map(describeProblem)).toEqual([
      'f.yaml:1:1  other: the default does not pass: must be a secret',
      'f.yaml:1:1  token: is missing: must be a secret',
    ]);
  });

  it('takes texts and secrets that code gives, without a warning', () => {
    const document = ConfigurationDocument.fromObject({
      label: 'code',
      value: { token: 'given-text', keys: [new Secret('given-secret')] },
    });
    const { value, problems, warnings } = document.bind(Settings, []);

    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect([value?.token?.reveal(), value?.keys[0]?.reveal()]).toEqual(['given-text', 'given-secret']);
  });
});

describe('a setting that is no secret', () => {
  it('takes an encrypted value, with a warning at each place that it can be seen from there', () => {
    const { value, problems, warnings } = bound(
      `title: ${encrypted('in the open')}\nfree: { a: [1, ${encrypted('too')}] }\n`,
    );

    expect(value).toMatchObject({ title: 'in the open', free: { a: [1, 'too'] } });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^f\.yaml:1:19 {2}title: is kept secret in its source, but this setting is not a secret/),
      expect.stringMatching(/^f\.yaml:2:27 {2}free\.a\[1\]: is kept secret in its source/),
    ]);
  });

  it('is not warned of for a literal text', () => {
    expect(bound('title: Notes\n').warnings).toEqual([]);
  });
});

describe('an encrypted value that cannot be read', () => {
  const good = encrypted('hunter2');
  const withKey = (environment: object, written = good): string[] =>
    ConfigurationDocument.parse({
      file: 'f.yaml',
      text: `token: ${written}\n`,
      environment: environment as Record<string, string>,
    })
      .bind(Settings, [])
      .problems.map(describeProblem);

  it.each([
    ['no key', {}, 'cannot be decrypted: no key is set; set PANOTTI_CONFIG_KEY or PANOTTI_CONFIG_KEY_FILE'],
    ['another key', { PANOTTI_CONFIG_KEY: newKey() }, 'is encrypted with another key than the one that is set'],
    [
      'something that is not a key',
      { PANOTTI_CONFIG_KEY: 'c2hvcnQ=' },
      'cannot be decrypted: PANOTTI_CONFIG_KEY must hold 32 bytes, as base64 or as 64 hexadecimal digits',
    ],
    [
      'two keys',
      { PANOTTI_CONFIG_KEY: KEY, PANOTTI_CONFIG_KEY_FILE: '/key' },
      'cannot be decrypted: PANOTTI_CONFIG_KEY and PANOTTI_CONFIG_KEY_FILE are both set; set one of them',
    ],
    [
      'no file',
      { PANOTTI_CONFIG_KEY_FILE: '/absent' },
      'cannot be decrypted: the file that PANOTTI_CONFIG_KEY_FILE names cannot be read',
    ],
    [
      'a folder',
      { PANOTTI_CONFIG_KEY_FILE: '/' },
      'cannot be decrypted: PANOTTI_CONFIG_KEY_FILE names something that is not a key file',
    ],
  ])('is reported with its place: %s', (_what, environment, problem) => {
    expect(withKey(environment)).toEqual([`f.yaml:1:19  token: ${problem}`]);
  });

  it.each([
    [
      '!encrypted hunter2',
      'is not in the form of an encrypted value; write !encrypted and what `panotti config encrypt` prints',
    ],
    [
      '!encrypted ${TOKEN}',
      'is not in the form of an encrypted value; write !encrypted and what `panotti config encrypt` prints',
    ],
    ['!encrypted v1.hunter2', 'is damaged: a part is missing, or was changed after it was encrypted'],
    [good.slice(0, -8), 'is damaged: a part is missing, or was changed after it was encrypted'],
  ])('is reported with its place: %j', (written, problem) => {
    expect(withKey(ENVIRONMENT, written)).toEqual([`f.yaml:1:19  token: ${problem}`]);
  });

  it.each(['!encrypted { a: b }', '!encrypted [a]', '!Encrypted abc', '!!encrypted abc'])(
    'is refused as YAML: %j',
    (written) => {
      expect(() =>
        bindOrThrow(
          ConfigurationDocument.parse({ file: 'f.yaml', text: `token: ${written}\n`, environment: ENVIRONMENT }),
          Settings,
          [],
        ),
      ).toThrow(/f\.yaml:1:8 {2}\(yaml\): /);
    },
  );
});
