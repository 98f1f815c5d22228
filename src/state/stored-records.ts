/** A `PluginStore` of one running plugin, kept in the store of the server. */
import { Logger } from '@nestjs/common';
import { nextTurn } from '../common/index.js';
import { activeUnit, type UnitOfWork } from '../events/index.js';
import { placeOf, type RecordPage, type StoredRecord } from '../storage/index.js';
import { ChangeFeed } from './change-feed.js';
import { openEnvelope, sealedText } from './envelope.js';
import { inTurns } from './in-turns.js';
import { STATE_TABLE, type PluginMemory } from './plugin-memory.js';
import type { ChangeOptions } from './plugin-state.js';
import { PluginStore, type StoreChange, type StoreEntry } from './plugin-store.js';
import type { Encoded, StateCodec } from './state-codec.js';
import { StateChangesMissedError, StateConflictError, StateInvalidError } from './state.errors.js';
import { migrateRecords } from './migrate-records.js';
import { UnitLock } from './unit-lock.js';

const MAX_KEY_LENGTH = 512;

export class StoredRecords<T extends object> extends PluginStore<T> {
  readonly #feed = new ChangeFeed<StoreChange<T>>(
    () => new StateChangesMissedError(this.memory.plugin, this.codec.what),
  );
  /** Of the records that are being changed. */
  readonly #locks = new Map<string, UnitLock>();
  readonly #scope: string;

  constructor(
    private readonly name: string,
    private readonly memory: PluginMemory,
    private readonly codec: StateCodec<T>,
  ) {
    super();
    this.#scope = `${memory.plugin}/${name}`;
  }

  /** How many iterators of changes are open. */
  get readers(): number {
    return this.#feed.readers;
  }

  /** How many records are being changed. */
  get locked(): number {
    return this.#locks.size;
  }

  /**
   * Carries the records on to the version of the code, all or none. To be called before anything else.
   *
   * @throws StateTooNewError, StateMigrationError, RecordDamagedError; what is stored is as it was
   */
  load(): Promise<void> {
    return migrateRecords({
      store: this.memory.store,
      scope: this.#scope,
      versionKey: `store:${this.name}`,
      codec: this.codec,
    });
  }

  override async get(key: string): Promise<T | undefined> {
    return (await this.entry(key))?.value;
  }

  override async entry(key: string): Promise<StoreEntry<T> | undefined> {
    const record = await this.#read(key);
    return record && this.#entryOf(record);
  }

  override put(key: string, value: T, options: ChangeOptions = {}): Promise<StoreEntry<T>> {
    return this.#replace(key, options, async () => this.codec.encode(value));
  }

  override update(key: string, change: (draft: T) => unknown, options: ChangeOptions = {}): Promise<StoreEntry<T>> {
    return this.#replace(key, options, async (before) => {
      const draft = this.codec.draft(before?.value);
      await change(draft);
      return this.codec.encode(draft);
    });
  }

  override delete(key: string, options: ChangeOptions = {}): Promise<boolean> {
    return this.#change(key, options, async (unit, before) => {
      if (!before) return false;
      const operation = {
        op: 'delete',
        table: STATE_TABLE,
        scope: this.#scope,
        key,
        expectedVersion: before.version,
      } as const;
      await this.memory.stage(unit, operation, { store: this.name, key }, () =>
        this.#feed.push({ key, value: undefined }),
      );
      return true;
    });
  }

  override async *scan(prefix = ''): AsyncIterableIterator<StoreEntry<T>> {
    for await (const { records } of this.#pages(prefix))
      for await (const record of inTurns(records)) yield this.#entryOf(record);
  }

  override async count(prefix = ''): Promise<number> {
    if (prefix === '' && !this.#unit()) {
      const totals = await this.memory.store.totals(STATE_TABLE);
      return totals.find(({ scope }) => scope === this.#scope)?.count ?? 0;
    }
    let count = 0;
    for await (const { records } of this.#pages(prefix)) count += records.length;
    return count;
  }

  override changes(): AsyncIterableIterator<StoreChange<T>, undefined, undefined> {
    return this.#feed.open();
  }

  override async export(): Promise<string> {
    const records: string[] = [];
    for await (const { key, value } of this.scan()) records.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
    return sealedText(this.codec.version, `{${records.join(',')}}`);
  }

  override async import(json: string): Promise<void> {
    const { plugin } = this.memory;
    const { version, data } = openEnvelope(json, plugin, this.codec.what);
    if (typeof data !== 'object' || data === null || Array.isArray(data)) {
      throw new StateInvalidError(plugin, this.codec.what, ['data: must be an object of records by key']);
    }
    const imported = new Map<string, Encoded<T>>();
    for await (const [key, record] of inTurns(Object.entries(data)))
      imported.set(key, await this.codec.carryOn(record, version));
    await this.memory.inUnit(this.codec.what, async () => {
      for await (const { key } of this.scan()) if (!imported.has(key)) await this.delete(key);
      for await (const [key, record] of inTurns(imported)) await this.#replace(key, {}, async () => record);
    });
  }

  close(): void {
    this.#feed.close();
  }

  #replace(
    key: string,
    options: ChangeOptions,
    next: (before: StoredRecord | undefined) => Promise<Encoded<T>>,
  ): Promise<StoreEntry<T>> {
    return this.#change(key, options, async (unit, before) => {
      const { value, text } = await next(before);
      const { version = 0 } = before ?? {};
      if (text === before?.value) return { key, value, version };
      const operation = {
        op: 'put',
        table: STATE_TABLE,
        scope: this.#scope,
        key,
        value: text,
        expectedVersion: version,
      } as const;
      const announced = { store: this.name, key, version: version + 1 };
      await this.memory.stage(unit, operation, announced, () => this.#feed.push({ key, value }));
      return { key, value, version: version + 1 };
    });
  }

  async #change<R>(
    key: string,
    { expectedVersion }: ChangeOptions,
    action: (unit: UnitOfWork, before: StoredRecord | undefined) => Promise<R>,
  ): Promise<R> {
    const { plugin } = this.memory;
    if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_LENGTH || !key.isWellFormed()) {
      throw new StateInvalidError(plugin, this.codec.what, [
        `(key): must be a text of 1 to ${MAX_KEY_LENGTH} characters`,
      ]);
    }
    const conflict = (): Error => new StateConflictError(plugin, this.codec.what);
    return this.memory.inUnit(this.codec.what, (unit) => {
      const change = async (): Promise<R> => {
        const before = await unit.get(STATE_TABLE, this.#scope, key);
        if (expectedVersion !== undefined && expectedVersion !== (before?.version ?? 0)) throw conflict();
        return action(unit, before);
      };
      return this.#lockOf(key).run(unit, change, conflict);
    });
  }

  async *#pages(keyPrefix: string): AsyncIterableIterator<RecordPage> {
    let after: string | undefined;
    do {
      const query = { table: STATE_TABLE, scope: this.#scope, keyPrefix, after };
      const page = await (this.#unit() ?? this.memory.store).scan(query);
      for (const damage of page.damaged) {
        new Logger(this.memory.plugin).error(
          `Left out of the ${this.codec.what}: ${placeOf(damage)} (${damage.reason})`,
        );
      }
      yield page;
      after = page.next;
      if (after !== undefined) await nextTurn();
    } while (after !== undefined);
  }

  #read(key: string): Promise<StoredRecord | undefined> {
    return (this.#unit() ?? this.memory.store).get(STATE_TABLE, this.#scope, key);
  }

  #entryOf({ key, value, version }: StoredRecord): StoreEntry<T> {
    return { key, value: this.codec.decode(value), version };
  }

  #unit(): UnitOfWork | undefined {
    const unit = activeUnit();
    return unit && !unit.isOver ? unit.bind(this.memory.store) : undefined;
  }

  #lockOf(key: string): UnitLock {
    const known = this.#locks.get(key);
    if (known) return known;
    const lock = new UnitLock(() => this.#locks.delete(key));
    this.#locks.set(key, lock);
    return lock;
  }
}
