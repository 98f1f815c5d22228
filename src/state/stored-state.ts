/** The `PluginState` of one running plugin, kept in the store of the server. */
import { activeUnit, type UnitOfWork } from '../events/index.js';
import { ChangeFeed } from './change-feed.js';
import { openEnvelope, sealedText } from './envelope.js';
import { STATE_TABLE, type PluginMemory } from './plugin-memory.js';
import { PluginState, type ChangeOptions } from './plugin-state.js';
import type { Encoded, StateCodec } from './state-codec.js';
import { StateChangesMissedError, StateConflictError } from './state.errors.js';
import { UnitLock } from './unit-lock.js';

interface Snapshot<T> {
  readonly value: T;
  /** `undefined`: nothing was ever stored. */
  readonly text: string | undefined;
  readonly version: number;
}

/** Beside it in its scope are the versions of the plugin's stores. */
const KEY = 'state';

export class StoredState<T extends object> extends PluginState<T> {
  readonly #lock = new UnitLock();
  readonly #feed = new ChangeFeed<T>(() => new StateChangesMissedError(this.memory.plugin, this.codec.what));
  readonly #staged = new WeakMap<UnitOfWork, Snapshot<T>>();
  #committed: Snapshot<T>;

  constructor(
    private readonly memory: PluginMemory,
    private readonly codec: StateCodec<T>,
  ) {
    super();
    this.#committed = { value: codec.initial(), text: undefined, version: 0 };
  }

  /** How many iterators of changes are open. */
  get readers(): number {
    return this.#feed.readers;
  }

  /**
   * Reads what is stored, and carries it on to the version of the code. To be called before anything else.
   *
   * @throws StateTooNewError, StateMigrationError, StateInvalidError, RecordDamagedError; what is stored is as it was
   */
  async load(): Promise<void> {
    const { store, plugin } = this.memory;
    const record = await store.get(STATE_TABLE, plugin, KEY);
    if (!record) return;
    const { version, data } = openEnvelope(record.value, plugin, this.codec.what);
    const { value, text } = await this.codec.carryOn(data, version);
    this.#committed = { value, text, version: record.version };
    if (version === this.codec.version) return;
    await store.commit([this.#put(text, record.version)]);
    this.#committed = { value, text, version: record.version + 1 };
  }

  override get(): T {
    return this.#current().value;
  }

  override get version(): number {
    return this.#current().version;
  }

  override update(change: (draft: T) => unknown, options: ChangeOptions = {}): Promise<T> {
    return this.#replace(options, async ({ text }) => {
      const draft = this.codec.draft(text);
      await change(draft);
      return this.codec.encode(draft);
    });
  }

  override changes(): AsyncIterableIterator<T, undefined, undefined> {
    return this.#feed.open();
  }

  override export(): string {
    return sealedText(this.codec.version, JSON.stringify(this.get()));
  }

  override async import(json: string): Promise<T> {
    const { version, data } = openEnvelope(json, this.memory.plugin, this.codec.what);
    const imported = await this.codec.carryOn(data, version);
    return this.#replace({}, async () => imported);
  }

  close(): void {
    this.#feed.close();
  }

  #replace({ expectedVersion }: ChangeOptions, next: (before: Snapshot<T>) => Promise<Encoded<T>>): Promise<T> {
    const conflict = (): Error => new StateConflictError(this.memory.plugin, this.codec.what);
    const change = async (unit: UnitOfWork): Promise<T> => {
      const before = this.#staged.get(unit) ?? (await this.#stored());
      if (expectedVersion !== undefined && expectedVersion !== before.version) throw conflict();
      const { value, text } = await next(before);
      if (text === before.text) return before.value;
      const after = { value, text, version: before.version + 1 };
      await this.memory.stage(unit, this.#put(text, before.version), { version: after.version }, () => {
        this.#committed = after;
        this.#feed.push(value);
      });
      this.#staged.set(unit, after);
      return value;
    };
    return this.memory.inUnit(this.codec.what, (unit) => this.#lock.run(unit, () => change(unit), conflict));
  }

  /** Looked at each time: a unit that an earlier instance of the plugin had begun may have been committed meanwhile. */
  async #stored(): Promise<Snapshot<T>> {
    const record = await this.memory.store.get(STATE_TABLE, this.memory.plugin, KEY);
    const version = record?.version ?? 0;
    if (!record || version === this.#committed.version) return this.#committed;
    const { data } = openEnvelope(record.value, this.memory.plugin, this.codec.what);
    this.#committed = { ...this.codec.encodePlain(data), version };
    return this.#committed;
  }

  #current(): Snapshot<T> {
    const unit = activeUnit();
    return (unit && !unit.isOver ? this.#staged.get(unit) : undefined) ?? this.#committed;
  }

  #put(text: string, expectedVersion: number) {
    const value = sealedText(this.codec.version, text);
    return { op: 'put', table: STATE_TABLE, scope: this.memory.plugin, key: KEY, value, expectedVersion } as const;
  }
}
