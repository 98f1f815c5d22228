import { ConfigurationDocument, newKey } from '../../../src/config/index.js';
import { recordCodecOf, StorageOptions, UNSEALED } from '../../../src/storage/index.js';

const KEY = newKey();
const HEX = Buffer.from(KEY, 'base64').toString('hex');
const ENVIRONMENT = { KEY, HEX, PADDED: ` ${KEY}\n`, SHORT: 'hunter2', EMPTY: '' };

function bound(text: string): { value: StorageOptions | undefined; problems: string[] } {
  const document = ConfigurationDocument.parse({ file: 'f.yaml', text, environment: ENVIRONMENT });
  const { value, problems } = document.bind(StorageOptions, []);
  return { value, problems: problems.map(({ path, message }) => `${path}: ${message}`) };
}

describe('the options of encryption', () => {
  it.each(['${KEY}', '${HEX}', '${PADDED}'])('take a key as %s, the same in every form', (key) => {
    const { value, problems } = bound(`encryption: { key: "${key}" }`);
    const [codec, other] = [value, bound('encryption: { key: "${KEY}" }').value].map(
      (each) => each && recordCodecOf(each.encryption),
    );

    expect(problems).toEqual([]);
    expect(codec?.currentKeyId).toMatch(/^[\da-f]{12}$/);
    expect(codec?.currentKeyId).toBe(other?.currentKeyId);
    expect(codec?.open('l', codec.seal('l', 'text').body, 0)).toBe('text');
  });

  it('refuse what is no key, at its place and without showing it', () => {
    const { problems } = bound('encryption: { key: "${SHORT}", previousKeys: ["${KEY}", "${SHORT}"] }');

    expect(problems).toEqual([
      'encryption.key: must be a key: 32 bytes, as base64 or as 64 hexadecimal digits',
      expect.stringContaining('must be a key: 32 bytes, as base64 or as 64 hexadecimal digits'),
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('seal nothing without a key, and take a key that is given twice for one', () => {
    expect(recordCodecOf(new StorageOptions().encryption).currentKeyId).toBe(UNSEALED);
    const { value } = bound('encryption: { key: "${KEY}", previousKeys: ["${HEX}", "${KEY}"] }');
    expect(value && recordCodecOf(value.encryption).currentKeyId).not.toBe(UNSEALED);
  });
});
