/**
 * With which keys records of the store may be sealed. It is kept in the store, so that a key that is still needed is asked for before anything
 * is written, and so that a record that is not sealed is refused once all of them are.
 */
import { UNSEALED, type RecordCodec } from '../sealing/record-codec.port.js';
import { StoreKeyMismatchError } from '../storage.errors.js';
import type { SqliteMeta } from './sqlite-meta.js';

interface Written {
  /** The ids of the keys; `UNSEALED` among them where there are records without a seal. */
  readonly keys: readonly string[];
  /** Whether the file may hold, in places that are not used any more, what was written with other keys than these. */
  readonly hasTraces: boolean;
}

export class SealState {
  #written: Written;

  private constructor(
    private readonly meta: SqliteMeta,
    private readonly codec: RecordCodec,
    written: Written,
  ) {
    this.#written = written;
  }

  /**
   * Reads it and changes nothing.
   *
   * @throws StoreKeyMismatchError when a key is missing; SealBrokenError when it is damaged
   */
  static read(meta: SqliteMeta, codec: RecordCodec, path: string): SealState {
    const written = writtenIn(meta, codec);
    const missing = written.keys.find((id) => !codec.hasKey(id));
    if (missing !== undefined) throw new StoreKeyMismatchError(path, missing);
    const state = new SealState(meta, codec, written);
    meta.acceptUnsealed(state.acceptsUnsealed);
    return state;
  }

  /** After a repair: what it says is right for records that are sealed with any of these keys. */
  static restore(meta: SqliteMeta, keys: readonly string[]): void {
    if (keys.length > 1) meta.set('seals', JSON.stringify({ keys, hasTraces: false } satisfies Written));
  }

  /** Whether there may be records without a seal. */
  get acceptsUnsealed(): boolean {
    return this.#written.keys.includes(UNSEALED);
  }

  /** True if all records are sealed with the current key or, without a key, if none is sealed. */
  get isUniform(): boolean {
    return this.#written.keys.every((id) => id === this.codec.currentKeyId);
  }

  get hasTraces(): boolean {
    return this.#written.hasTraces;
  }

  /** After a transaction that did not happen. */
  load(): void {
    this.#written = writtenIn(this.meta, this.codec);
    this.meta.acceptUnsealed(this.acceptsUnsealed);
  }

  /** Inside of the transaction that is the first to write with the current key. */
  adopt(): void {
    const { keys, hasTraces } = this.#written;
    if (keys.includes(this.codec.currentKeyId)) return;
    this.meta.reseal();
    this.#write({ keys: [...keys, this.codec.currentKeyId], hasTraces });
  }

  /** Inside of the transaction after which all records are sealed alike. */
  settle(hasTraces: boolean): void {
    this.meta.reseal();
    this.#write({ keys: [this.codec.currentKeyId], hasTraces });
  }

  #write(written: Written): void {
    this.meta.set('seals', JSON.stringify(written));
    this.#written = written;
    this.meta.acceptUnsealed(this.acceptsUnsealed);
  }
}

/** A store that has known one key only, or none, says nothing about it: what it knows of itself is sealed with that key. */
function writtenIn(meta: SqliteMeta, codec: RecordCodec): Written {
  const text = meta.get('seals');
  // Only this class writes there, and its seal has been checked.
  if (text !== undefined) return JSON.parse(text) as Written;
  return { keys: [meta.keyIdOf('store-id') ?? codec.currentKeyId], hasTraces: false };
}
