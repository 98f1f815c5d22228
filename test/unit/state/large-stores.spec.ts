/** Stores with thousands of records, on both adapters of the store: none of what is done with all of them holds the event loop up. */
import { IsString } from 'class-validator';
import { nextTurn } from '../../../src/common/index.js';
import { unitOfWork } from '../../../src/events/index.js';
import { StateContract, type PluginStore } from '../../../src/state/index.js';
import type { StoredRecords } from '../../../src/state/stored-records.js';
import { DRIVERS, storeOf } from '../../support/each-store.js';
import { openMemory } from '../../support/plugin-memory.js';

class Note {
  @IsString() text: string = '';
}

const MANY = 3_000;
const key = (index: number): string => `n${String(index).padStart(5, '0')}`;
const note = (text: string): Note => Object.assign(new Note(), { text });
const exported = (text: string): string =>
  JSON.stringify({
    version: 1,
    data: Object.fromEntries(Array.from({ length: MANY }, (_, index) => [key(index), { text }])),
  });

/** The most of what `count` counts that happened in one turn of the event loop while `action` ran, and how many turns there were. */
async function perTurn(count: () => number, action: () => Promise<unknown>): Promise<{ most: number; turns: number }> {
  let [most, turns, last, isOver] = [0, 0, count(), false];
  const look = (): void => {
    const now = count();
    most = Math.max(most, now - last);
    last = now;
    turns++;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await action();
  const during = turns;
  // What its last turn has done counts as well.
  await nextTurn();
  isOver = true;
  return { most, turns: during };
}

describe.each(DRIVERS)('a large store of a plugin on the store of %s', (driver) => {
  const store = storeOf(driver);
  const open = async () => {
    const memory = await openMemory(store(), { stores: { notes: Note } });
    return { ...memory, notes: memory.store<Note>('notes') };
  };

  it.each<[string, (notes: PluginStore<Note>) => Promise<unknown>, number]>([
    ['listing', (notes) => Array.fromAsync(notes.scan()), MANY / 200],
    ['listing by prefix', (notes) => Array.fromAsync(notes.scan('n')), MANY / 200],
    ['count by prefix', (notes) => notes.count('n'), 2],
    ['export', (notes) => notes.export(), MANY / 200],
    ['import of the same', (notes) => notes.import(exported('x')), MANY / 200],
    ['import of others', (notes) => notes.import(exported('y')), MANY / 200],
    ['import of nothing', (notes) => notes.import('{"version":1,"data":{}}'), MANY / 200],
    ['listing in a unit', (notes) => unitOfWork(() => Array.fromAsync(notes.scan())), MANY / 200],
  ])('lets other work have its turns during the %s', async (_what, action, turns) => {
    const { notes } = await open();
    await notes.import(exported('x'));

    expect(
      (
        await perTurn(
          () => 0,
          () => action(notes),
        )
      ).turns,
    ).toBeGreaterThanOrEqual(turns);
  });

  it('announces the changes of one commit in slices, in their order, and is done when all are announced', async () => {
    const { notes, events } = await open();
    const { most } = await perTurn(
      () => events.length,
      () => notes.import(exported('x')),
    );

    expect(events.map(({ payload }) => (payload as { key: string }).key)).toEqual(
      Array.from({ length: MANY }, (_, index) => key(index)),
    );
    expect(most).toBeLessThanOrEqual(MANY / 6);
    expect((notes as StoredRecords<Note>).locked).toBe(0);
  });

  it('tells a reader of changes that keeps reading of each of them', async () => {
    const { notes, close } = await open();
    const reading = Array.fromAsync(notes.changes());
    await notes.import(exported('x'));
    close();

    expect((await reading).map((change) => change.key)).toEqual(Array.from({ length: MANY }, (_, index) => key(index)));
  });

  it('has a later change of a record wait until the earlier one is announced', async () => {
    const { notes, events } = await open();
    const last = key(MANY - 1);
    const imported = notes.import(exported('x'));
    while (events.length === 0) await nextTurn();
    expect(events.length).toBeLessThan(MANY);
    const [entry] = await Promise.all([notes.put(last, note('later')), imported]);

    expect(entry).toMatchObject({ version: 2 });
    expect(events.slice(-2).map(({ payload }) => payload)).toEqual([
      { store: 'notes', key: last, version: 1 },
      { store: 'notes', key: last, version: 2 },
    ]);
  });

  it('announces nothing of an import that is refused, and can be changed afterwards', async () => {
    const { notes, events } = await open();
    const entries = Array.from({ length: MANY }, (_, index) => [key(index), note('x')] as const);
    const unit = unitOfWork(async () => {
      for (const [name, value] of entries) await notes.put(name, value);
      // By another instance of the plugin, which has no locks here.
      await store().commit([
        { op: 'put', table: 'plugin-state', scope: 'shop/notes', key: key(7), value: '{"text":"theirs"}' },
      ]);
    });
    await expect(unit).rejects.toMatchObject({ code: 'STORE_CONFLICT' });

    expect(events).toEqual([]);
    expect((notes as StoredRecords<Note>).locked).toBe(0);
    expect(await Array.fromAsync(notes.scan())).toEqual([{ key: key(7), value: note('theirs'), version: 1 }]);
    await notes.put(key(7), note('mine'));
    expect(events).toHaveLength(1);
  });

  it('lets other work have its turns while it is carried on to a newer version of its class', async () => {
    const { notes } = await open();
    await notes.import(exported('x'));
    @StateContract({ version: 2, migrations: { 1: ({ text }: { text: string }) => ({ text: `${text}!` }) } })
    class Newer {
      @IsString() text: string = '';
    }
    const { turns } = await perTurn(
      () => 0,
      () => openMemory(store(), { stores: { notes: Newer } }),
    );

    expect(turns).toBeGreaterThanOrEqual(MANY / 200);
    const again = await openMemory(store(), { stores: { notes: Newer } });
    expect(await again.store<Newer>('notes').get(key(0))).toEqual({ text: 'x!' });
  });
});
