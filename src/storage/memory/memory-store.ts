/** A store that keeps everything in memory and remembers nothing after its end. */
import { SystemClock, type Clock } from '../../common/index.js';
import { EmbeddedStore } from '../embedded/embedded-store.js';
import { NoStoreObserver, type StoreObserver } from '../store-observer.port.js';
import { MemoryEngine } from './memory-engine.js';

export class MemoryStore extends EmbeddedStore {
  constructor({
    clock = new SystemClock(),
    observer = new NoStoreObserver(),
  }: { clock?: Clock; observer?: StoreObserver } = {}) {
    super(new MemoryEngine(), { clock, observer });
  }
}
