/** Tells whether the process before this one ended in order: then nothing was running any more. */
import type { Store } from '../../storage/index.js';

const RECORD = { table: 'host', scope: 'durable', key: 'running' } as const;

export class RunMarker {
  constructor(private readonly store: Store) {}

  async begin(): Promise<'after a crash' | 'in order'> {
    const before = await this.#wasRunning();
    await this.store.commit([{ op: 'put', ...RECORD, value: 'running' }]);
    return before ? 'after a crash' : 'in order';
  }

  async end(): Promise<void> {
    await this.store.commit([{ op: 'delete', ...RECORD }]);
  }

  async #wasRunning(): Promise<boolean> {
    try {
      return (await this.store.get(RECORD.table, RECORD.scope, RECORD.key)) !== undefined;
    } catch {
      // A damaged marker was there, too.
      return true;
    }
  }
}
