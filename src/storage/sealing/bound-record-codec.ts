/**
 * Binds what a codec seals to one store: a record out of another store's file is not that of this one, though it has the same place and key.
 * Once all records are sealed, an unsealed one is refused, since the store did not write it.
 */
import { RecordCodec, SealBrokenError, type SealedBody } from './record-codec.port.js';

export interface BindingOfRecords {
  readonly storeId: string;
  /** Whether there may be records that are not sealed. */
  readonly acceptsUnsealed: () => boolean;
}

export class BoundRecordCodec extends RecordCodec {
  constructor(
    private readonly codec: RecordCodec,
    private readonly binding: BindingOfRecords,
  ) {
    super();
  }

  override get currentKeyId(): string {
    return this.codec.currentKeyId;
  }

  seal(label: string, text: string): SealedBody {
    return this.codec.seal(`${this.binding.storeId} ${label}`, text);
  }

  open(label: string, body: unknown, checksum: number): string {
    if (!(body instanceof Uint8Array) && !this.binding.acceptsUnsealed()) throw new SealBrokenError('it is not sealed');
    return this.codec.open(`${this.binding.storeId} ${label}`, body, checksum);
  }

  hasKey(id: string): boolean {
    return this.codec.hasKey(id);
  }
}
