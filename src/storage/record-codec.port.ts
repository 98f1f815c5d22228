/** How a record is made recognisable: by a checksum, or sealed with a key. */

/** What is stored of a text. */
export interface SealedBody {
  /** The text itself, or its sealed form. */
  readonly body: string | Uint8Array;
  /** A checksum of label and text; 0 where the sealed form has one of its own. */
  readonly checksum: number;
}

export class SealBrokenError extends Error {}

/** The text was sealed with a key that is not there. */
export class KeyMissingError extends SealBrokenError {
  constructor(readonly keyId: string) {
    super(`sealed with the key "${keyId}", which is not there or another one`);
  }
}

/** The injection token and the shape. A label says where and what a record is, so that a record in another's place is noticed. */
export abstract class RecordCodec {
  abstract seal(label: string, text: string): SealedBody;
  /**
   * @param body     as it was read, whatever its type
   * @throws SealBrokenError when it is not what was sealed under this label
   */
  abstract open(label: string, body: unknown, checksum: unknown): string;
  /** Whether `seal` would seal it with the same key today. */
  abstract isCurrent(body: unknown): boolean;
}
