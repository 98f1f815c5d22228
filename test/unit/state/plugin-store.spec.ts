/** The stores of a plugin, on both adapters of the store. */
import { IsInt, IsString, Min } from 'class-validator';
import { unitOfWork } from '../../../src/events/index.js';
import { StateContract } from '../../../src/state/index.js';
import { StoredRecords } from '../../../src/state/stored-records.js';
import { DRIVERS, storeOf } from '../../support/each-store.js';
import { openMemory } from '../../support/plugin-memory.js';

class Note {
  @IsString() text: string = '';
  @IsInt() @Min(0) reads: number = 0;
}

const note = (text: string, reads = 0): Note => Object.assign(new Note(), { text, reads });

describe.each(DRIVERS)('a store of a plugin on the store of %s', (driver) => {
  const store = storeOf(driver);
  const open = async (quota?: number) => {
    const memory = await openMemory(store(), {
      stores: { notes: Note, more: Note },
      ...(quota === undefined ? {} : { quota }),
    });
    return { ...memory, notes: memory.store<Note>('notes'), more: memory.store<Note>('more') };
  };
  const keysOf = async (
    notes: { scan(prefix?: string): AsyncIterable<{ key: string }> },
    prefix?: string,
  ): Promise<string[]> => (await Array.fromAsync(notes.scan(prefix))).map(({ key }) => key);

  it('keeps records by key over a restart, each store its own', async () => {
    const { notes } = await open();
    await notes.put('a', note('one'));
    expect(await notes.put('a', note('two'))).toEqual({ key: 'a', value: note('two'), version: 2 });
    const again = await open();
    expect(await again.notes.get('a')).toEqual(note('two'));
    expect(await again.notes.get('a')).toBeInstanceOf(Note);
    expect(await again.notes.get('b')).toBeUndefined();
    expect(await again.more.get('a')).toBeUndefined();
    expect(await again.notes.delete('a')).toBe(true);
    expect(await again.notes.delete('a')).toBe(false);
    expect(await again.notes.count()).toBe(0);
  });

  it('lists and counts by prefix, over many pages, in the order of code points', async () => {
    const { notes } = await open();
    await unitOfWork(async () => {
      for (let i = 0; i < 1_205; i++) await notes.put(`n/${String(i).padStart(4, '0')}`, note('x'));
      await notes.put('m', note('before'));
      await notes.put('o', note('after'));
      expect(await notes.count('n/')).toBe(1_205);
      expect(await notes.count()).toBe(1_207);
    });
    expect(await notes.count('n/')).toBe(1_205);
    expect(await notes.count()).toBe(1_207);
    const keys = await keysOf(notes, 'n/');
    expect([keys.length, keys[0], keys.at(-1)]).toEqual([1_205, 'n/0000', 'n/1204']);
    expect(await keysOf(notes)).toHaveLength(1_207);
  });

  it.each(['import', 'export'] as const)('lets others have their turn during the %s of many records', async (what) => {
    const { notes } = await open();
    const records = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`n${i}`, note('x')]));
    const json = JSON.stringify({ version: 1, data: records });
    if (what === 'export') await notes.import(json);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    if (what === 'import') await notes.import(json);
    else await notes.export();
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(9);
    expect(await notes.count()).toBe(1_000);
  });

  it('loses none of many changes of one record', async () => {
    const { notes } = await open();
    const changes = Array.from({ length: 40 }, () =>
      notes.update('a', async (draft) => {
        const { reads } = draft;
        await new Promise(setImmediate);
        draft.reads = reads + 1;
      }),
    );
    await Promise.all(changes);
    expect(await notes.get('a')).toEqual(note('', 40));
    expect((notes as StoredRecords<Note>).locked).toBe(0);
  });

  it('changes nothing when a record or a key is invalid', async () => {
    const { notes } = await open();
    await notes.put('a', note('one'));
    await expect(notes.put('a', note('bad', -1))).rejects.toMatchObject({ code: 'STATE_INVALID' });
    await expect(notes.update('a', (draft) => (draft.reads = 0.5))).rejects.toMatchObject({ code: 'STATE_INVALID' });
    for (const key of ['', 'k'.repeat(513), '\ud800']) {
      await expect(notes.put(key, note('one'))).rejects.toMatchObject({ code: 'STATE_INVALID' });
    }
    expect(await Array.fromAsync(notes.scan())).toEqual([{ key: 'a', value: note('one'), version: 1 }]);
  });

  it('refuses a change of another version than the expected one', async () => {
    const { notes } = await open();
    await notes.put('a', note('one'), { expectedVersion: 0 });
    await expect(notes.put('a', note('two'), { expectedVersion: 0 })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expect(notes.delete('a', { expectedVersion: 2 })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await notes.update('a', (draft) => (draft.text = 'three'), { expectedVersion: 1 });
    expect(await notes.entry('a')).toEqual({ key: 'a', value: note('three'), version: 2 });
  });

  it('shows staged changes to the unit alone, and forgets all of them with it', async () => {
    const { notes, more, events } = await open();
    await notes.put('a', note('one'));
    await notes.put('b', note('one'));
    const unit = unitOfWork(async () => {
      await notes.delete('a');
      await notes.put('c', note('staged'));
      await more.put('a', note('staged'));
      expect(await keysOf(notes)).toEqual(['b', 'c']);
      expect(await notes.get('a')).toBeUndefined();
      throw new Error('undo');
    });
    await expect(unit).rejects.toThrow('undo');
    expect(await keysOf(notes)).toEqual(['a', 'b']);
    expect(await more.count()).toBe(0);
    expect(events).toHaveLength(2);
  });

  it('publishes each change, with the store, the key and the version', async () => {
    const { notes, events } = await open();
    await notes.put('a', note('one'));
    await notes.put('a', note('one'));
    await notes.delete('a');
    expect(events).toEqual([
      { name: 'shop.state.changed', payload: { store: 'notes', key: 'a', version: 1 } },
      { name: 'shop.state.changed', payload: { store: 'notes', key: 'a' } },
    ]);
  });

  it('tells readers of changes, and keeps none that has left', async () => {
    const { notes, close } = await open();
    const changes = notes.changes();
    const leaving = notes.changes();
    await notes.put('a', note('one'));
    await notes.delete('a');
    await leaving.return?.();
    expect((notes as StoredRecords<Note>).readers).toBe(1);
    close();
    expect(await Array.fromAsync(changes)).toEqual([
      { key: 'a', value: note('one') },
      { key: 'a', value: undefined },
    ]);
    expect((notes as StoredRecords<Note>).readers).toBe(0);
  });

  it('counts all stores of the plugin into one quota, and no other plugin', async () => {
    const { notes, more } = await open(2_048);
    const other = (await openMemory(store(), { name: 'shop-two', stores: { notes: Note }, quota: 2_048 })).store<Note>(
      'notes',
    );
    await other.put('a', note('x'.repeat(1_200)));
    await notes.put('a', note('x'.repeat(1_200)));
    await expect(more.put('a', note('x'.repeat(1_200)))).rejects.toMatchObject({ code: 'STATE_QUOTA_EXCEEDED' });
    await notes.delete('a');
    await more.put('a', note('x'.repeat(1_200)));
    expect([await notes.count(), await more.count()]).toEqual([0, 1]);
  });

  it('is exported and imported as JSON in one commit, checked', async () => {
    const { notes } = await open();
    await notes.put('a', note('one'));
    await notes.put('b', note('two'));
    const exported = await notes.export();
    await notes.put('c', note('three'));
    await notes.put('b', note('changed'));
    const wrong = '{"version":1,"data":{"a":{"text":"ok","reads":0},"b":{"text":1,"reads":0}}}';
    await expect(notes.import(wrong)).rejects.toMatchObject({ code: 'STATE_INVALID' });
    await expect(notes.import('{"version":1,"data":[]}')).rejects.toMatchObject({ code: 'STATE_INVALID' });
    expect(await keysOf(notes)).toEqual(['a', 'b', 'c']);
    await notes.import(exported);
    expect((await Array.fromAsync(notes.scan())).map(({ key, value }) => [key, value.text])).toEqual([
      ['a', 'one'],
      ['b', 'two'],
    ]);
  });

  it('is carried on to a newer version, all records or none', async () => {
    const { notes } = await open();
    await notes.put('a', note('one'));
    await notes.put('b', note('two'));
    const migrated = (migrate: (old: Note) => object) => {
      @StateContract({ version: 2, migrations: { 1: migrate } })
      class Message {
        @IsString() body: string = '';
      }
      return openMemory(store(), { stores: { notes: Message } });
    };
    const failing = migrated((old) => (old.text === 'two' ? { body: 2 } : { body: old.text }));
    await expect(failing).rejects.toMatchObject({ code: 'STATE_MIGRATION_FAILED', plugin: 'shop' });
    expect(await (await open()).notes.get('a')).toEqual(note('one'));
    const carriedOn = await migrated(({ text }) => ({ body: text }));
    expect((await Array.fromAsync(carriedOn.store('notes').scan())).map(({ value }) => value)).toEqual([
      { body: 'one' },
      { body: 'two' },
    ]);
    await expect(open()).rejects.toMatchObject({ code: 'STATE_TOO_NEW' });
  });
});
