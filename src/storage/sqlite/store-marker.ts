/**
 * A small file beside the store that says which store is there, how often it was opened, and by whom. It locks nothing: SQLite does. Without
 * it, one could not know who holds a locked store, nor that the store, or its journal, has been removed or replaced by an older copy.
 */
import { hostname } from 'node:os';
import { JsonFile } from '../json-file.js';
import { THIS_PROCESS } from '../storage.errors.js';

export interface Marker {
  readonly storeId: string;
  /** One more each time the store is opened for writing. */
  readonly generation: number;
  /** `closed`: everything is in the file itself. `open`: it may be in the journal. */
  readonly state: 'open' | 'closed';
  readonly pid: number;
  readonly host: string;
}

export class StoreMarker {
  readonly #file: JsonFile;

  /** @param path of the store */
  constructor(path: string) {
    this.#file = new JsonFile(`${path}.json`);
  }

  /** @throws StoredFileError */
  async read(): Promise<Marker | undefined> {
    const value = await this.#file.read();
    // What else is in the file is checked against the store before anything follows from it.
    return typeof value === 'object' && value !== null && 'generation' in value ? (value as Marker) : undefined;
  }

  /** @throws StoredFileError */
  async write(storeId: string, generation: number, state: Marker['state']): Promise<void> {
    await this.#file.write({ storeId, generation, state, pid: process.pid, host: hostname() } satisfies Marker);
  }

  /** For the message to a second process. */
  async holder(): Promise<string> {
    const marker = await this.read().catch(() => undefined);
    // Opened here by another path, such as a link.
    if (marker?.state === 'open' && marker.pid === process.pid && marker.host === hostname()) return THIS_PROCESS;
    return marker?.state === 'open' ? `process ${marker.pid} on ${marker.host}` : 'another process';
  }
}
