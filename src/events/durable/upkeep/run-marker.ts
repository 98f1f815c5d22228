/** Records that the process runs, so that the next one knows whether this one crashed. */
import type { Store, StoreOperation } from '../../../storage/index.js';

const RECORD = { table: 'host', scope: 'durable', key: 'running' } as const;

export class RunMarker {
  constructor(private readonly store: Store) {}

  /** @param beside what is to be stored with the mark */
  async begin(beside: readonly StoreOperation[] = []): Promise<'after a crash' | 'in order'> {
    const before = await this.#wasRunning();
    await this.store.commit([{ op: 'put', ...RECORD, value: 'running' }, ...beside]);
    return before ? 'after a crash' : 'in order';
  }

  async end(beside: readonly StoreOperation[] = []): Promise<void> {
    await this.store.commit([{ op: 'delete', ...RECORD }, ...beside]);
  }

  async #wasRunning(): Promise<boolean> {
    try {
      return (await this.store.get(RECORD.table, RECORD.scope, RECORD.key)) !== undefined;
    } catch {
      // A damaged marker was there as well.
      return true;
    }
  }
}
