/** How a record is made recognisable: by a checksum, or sealed with a key. */

/** What is stored of a text. */
export interface SealedBody {
  /** The text itself, or its sealed form. */
  readonly body: string | Uint8Array;
  /** A checksum of label and text; 0 where the sealed form has one of its own. */
  readonly checksum: number;
}

export class SealBrokenError extends Error {
  /** @param keyId of the key that it was sealed with, where that is known; the key may be missing, or another one, or the seal damaged */
  constructor(
    message: string,
    readonly keyId?: string,
  ) {
    super(message);
  }
}

/** In the place of a key's id: there is a checksum and no seal. */
export const UNSEALED = '';

/** The injection token and the shape. A label says where and what a record is, so that a record in another's place is noticed. */
export abstract class RecordCodec {
  /** The id of the key that `seal` uses; `UNSEALED` where it uses none. */
  abstract readonly currentKeyId: string;
  abstract seal(label: string, text: string): SealedBody;
  /**
   * @param body     as it was read, whatever its type
   * @param checksum as it was read; NaN when it is no number
   * @throws SealBrokenError when it is not what was sealed under this label
   */
  abstract open(label: string, body: unknown, checksum: number): string;
  /** Whether `open` can open what was sealed with that key, or, for `UNSEALED`, with none. */
  abstract hasKey(id: string): boolean;
}
