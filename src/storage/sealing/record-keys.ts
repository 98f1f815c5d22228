/** The codec for the keys that an operator has given. The id of a key follows from the key, so keys need no names. */
import { createHash } from 'node:crypto';
import { keyBytes } from '../../config/index.js';
import type { RecordCodec } from './record-codec.port.js';
import type { EncryptionOptions } from '../storage.options.js';
import { AesRecordCodec, type RecordKey } from './aes-record-codec.js';
import { ChecksumRecordCodec } from './checksum-record-codec.js';
import type { Secret } from '../../common/index.js';

export function recordCodecOf({ key, previousKeys }: EncryptionOptions): RecordCodec {
  const current = key && recordKey(key);
  // A key that is given twice, as both or among the previous ones, is one key.
  const previous = new Map(previousKeys.map(recordKey).map((each) => [each.id, each]));
  if (current) previous.delete(current.id);
  if (!current && previous.size === 0) return new ChecksumRecordCodec();
  return new AesRecordCodec({ current, previous: [...previous.values()] });
}

/** A key has 256 random bits, so that nothing can be learnt from its id. */
function recordKey(secret: Secret): RecordKey {
  const key = keyBytes(secret.reveal());
  if (!key) throw new RangeError('A key of the store has another form than its options allow.');
  const id = createHash('sha256').update('panotti:store-key:').update(key).digest('hex').slice(0, 12);
  return { id, key };
}
