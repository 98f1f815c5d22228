import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  ConfigurationDocument,
  ConfigurationKeyError,
  describeProblem,
  encryptText,
  newKey,
  requireKey,
  writeNewKey,
} from '../../../../src/config/index.js';
import { decryptText } from '../../../../src/config/secrets/encrypted-text.js';

const keyOf = (text: string): ReturnType<typeof requireKey>['key'] => requireKey({ PANOTTI_CONFIG_KEY: text }).key;
const key = keyOf(newKey());

describe('encryption of a value', () => {
  it('gives every text back, and never the same ciphertext twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const [first, second] = [encryptText(text, key), encryptText(text, key)];
        expect(first).not.toBe(second);
        expect(decryptText(first, key)).toEqual({ text });
      }),
    );
  });

  it('notices a change of any character, and a missing one', () => {
    const good = encryptText('hunter2', key);
    for (let at = 0; at < good.length; at++) {
      const other = good[at] === 'A' ? 'B' : 'A';
      expect(decryptText(good.slice(0, at) + other + good.slice(at + 1), key)).toEqual({ reason: expect.any(String) });
      expect(decryptText(good.slice(0, at) + good.slice(at + 1), key)).toEqual({ reason: expect.any(String) });
    }
  });

  it('does not contain the text or the key', () => {
    const bytes = Buffer.from(encryptText('hunter2-hunter2', key).slice(3), 'base64').toString('latin1');

    expect(bytes).not.toContain('hunter2');
    expect(bytes).not.toContain(key.export().toString('latin1').slice(0, 8));
  });
});

describe('the key of encrypted values', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'panotti-key-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('may be base64, base64 for URLs without padding, or hexadecimal', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    const written = encryptText('hunter2', keyOf(bytes.toString('base64')));

    for (const form of [
      bytes.toString('base64url'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ` ${bytes.toString('base64')}\n`,
    ]) {
      expect(decryptText(written, keyOf(form))).toEqual({ text: 'hunter2' });
    }
  });

  it.each(['hunter2', 'ab'.repeat(31), 'ab'.repeat(33), 'A'.repeat(42), '*'.repeat(43)])(
    'is refused in any other form: %j',
    (wrong) => {
      expect(() => requireKey({ PANOTTI_CONFIG_KEY: wrong })).toThrow(ConfigurationKeyError);
      expect(() => requireKey({ PANOTTI_CONFIG_KEY: wrong })).not.toThrow(
        new RegExp(wrong.slice(0, 4).replaceAll('*', '\\*')),
      );
    },
  );

  it('is written to a new file that only its owner can read, and never over another one', async () => {
    const file = join(folder, 'key');
    await writeNewKey(file);
    const before = await readFile(file, 'utf8');

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(requireKey({ PANOTTI_CONFIG_KEY_FILE: file }).warnings).toEqual([]);
    await expect(writeNewKey(file)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('is warned of, once, when every user can read its file', async () => {
    const file = join(folder, 'key');
    await writeNewKey(file);
    const environment = { PANOTTI_CONFIG_KEY_FILE: file };
    const written = encryptText('hunter2', requireKey(environment).key);
    const warnings = (): string[] =>
      ConfigurationDocument.parse({
        file: 'f.yaml',
        text: `a: !encrypted ${written}\nb: !encrypted ${written}\n`,
        environment,
      }).warnings.map(describeProblem);

    expect(warnings()).toEqual([]);
    await chmod(file, 0o640);
    expect(warnings()).toEqual([]);
    await chmod(file, 0o644);
    expect(warnings()).toEqual([
      '(environment):1:1  PANOTTI_CONFIG_KEY_FILE: the key file can be read or changed by every user of the machine; run chmod 600 on it',
    ]);
  });

  it('is not read when nothing is encrypted, and is no more than a key when printed', async () => {
    const file = join(folder, 'key');
    await writeFile(file, 'no key');

    expect(
      ConfigurationDocument.parse({ file: 'f.yaml', text: 'a: 1\n', environment: { PANOTTI_CONFIG_KEY_FILE: file } })
        .problems,
    ).toEqual([]);
    expect(inspect(key, { showHidden: true, depth: 9 })).not.toContain(key.export().toString('base64').slice(0, 8));
  });
});
