/** The codec without a key: the text as it is, beside a CRC-32 over label and text. Finds damage, not malice. */
import { crc32 } from 'node:zlib';
import { RecordCodec, SealBrokenError, UNSEALED, type SealedBody } from './record-codec.port.js';
import { keyIdOf } from './sealed-bytes.js';

export class ChecksumRecordCodec extends RecordCodec {
  override readonly currentKeyId = UNSEALED;

  seal(label: string, text: string): SealedBody {
    return { body: text, checksum: crc32(label + text) };
  }

  open(label: string, body: unknown, checksum: number): string {
    if (body instanceof Uint8Array) throw new SealBrokenError('it is sealed, and no key was given', keyIdOf(body));
    if (typeof body !== 'string' || crc32(label + body) !== checksum) throw new SealBrokenError('the checksum differs');
    return body;
  }

  hasKey(id: string): boolean {
    return id === UNSEALED;
  }
}
