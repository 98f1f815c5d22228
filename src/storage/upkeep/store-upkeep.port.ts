/**
 * What keeps a store in order beside its use: each engine looks after its data in its own way, and a database that does so by itself has
 * little to do here. Everything is done in small steps, in the background, after each start.
 */
import type { Damage, ResealStep } from '../stored.js';

export abstract class StoreUpkeep {
  /** What was found damaged, in the order in which it was found. It stays where it is, as evidence, and is never given out. */
  abstract parked(): Promise<readonly Damage[]>;

  /**
   * Reads a bounded part of everything, which finds damage that no other read comes across: a record that has vanished, or that has another
   * key now. What it finds is parked.
   *
   * @param from the result of the step before
   * @returns where to continue; `undefined` if everything has been read
   */
  abstract verify(from?: string): Promise<string | undefined>;

  /**
   * Seals a bounded number of records again that are not sealed with the current key: after encryption was turned on or off, or the key was
   * changed. The last step removes what old keys have left in the file; a file of more than 16 MiB is cleaned when it is opened the next
   * time.
   *
   * @param from `next` of the step before
   * @returns `undefined` if everything is done, also if it was done before
   * @throws StoreFullError: the step may be repeated; StoreFailedError, StoreClosedError
   */
  abstract reseal(from?: string): Promise<ResealStep | undefined>;

  /** Tries to store something, and removes it again. @throws StoreFailedError, StoreClosedError */
  abstract hasSpace(): Promise<boolean>;
}
