/** Binds what a codec seals to one store: a record out of another store's file is not that of this one, though it has the same place and key. */
import { RecordCodec, type SealedBody } from '../record-codec.port.js';

export class BoundRecordCodec extends RecordCodec {
  constructor(
    private readonly codec: RecordCodec,
    private readonly storeId: string,
  ) {
    super();
  }

  seal(label: string, text: string): SealedBody {
    return this.codec.seal(`${this.storeId} ${label}`, text);
  }

  open(label: string, body: unknown, checksum: number): string {
    return this.codec.open(`${this.storeId} ${label}`, body, checksum);
  }

  isCurrent(body: unknown): boolean {
    return this.codec.isCurrent(body);
  }
}
