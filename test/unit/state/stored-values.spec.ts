/** What a state may hold, on both adapters of the store. */
import { Type } from 'class-transformer';
import type { StateInvalidError } from '../../../src/state/index.js';
import { DRIVERS, storeOf } from '../../support/each-store.js';
import { openMemory } from '../../support/plugin-memory.js';

class Entry {
  constructor(readonly at = 0) {}
}

class Loose {
  value: unknown = null;
  @Type(() => Entry) entries: (Entry | { at: number })[] = [];
  @Type(() => Date) since: Date = new Date(0);
  limit?: number | undefined = 5;
}

describe.each(DRIVERS)('what a plugin remembers on the store of %s', (driver) => {
  const store = storeOf(driver);

  it.each<[string, (draft: Loose) => unknown, string]>([
    ['a Map', (draft) => (draft.value = new Map([['a', 1]])), 'value'],
    ['a Set in a list', (draft) => (draft.value = [new Set([1])]), 'value[0]'],
    ['NaN', (draft) => (draft.value = { level: NaN }), 'value.level'],
    ['undefined in a list', (draft) => (draft.value = [undefined]), 'value[0]'],
    ['a date whose field does not say so', (draft) => (draft.value = { at: new Date(1) }), 'value.at'],
    ['an instance whose field does not say so', (draft) => (draft.value = new Entry(1)), 'value'],
    ['a big integer', (draft) => (draft.value = [[1n]]), 'value[0][0]'],
    ['a function', (draft) => (draft.value = () => 1), 'value'],
    ['half of a surrogate pair', (draft) => (draft.value = '\ud800'), 'value'],
    ['__proto__ as a name', (draft) => (draft.value = JSON.parse('{"__proto__":1}')), 'value.__proto__'],
    ['a cycle', (draft) => (draft.value = { draft }), 'value.draft'],
    ['a further field with a Map', (draft) => Object.assign(draft, { seen: new Map() }), 'seen'],
    ['a date that is none', (draft) => (draft.since = new Date(NaN)), 'since'],
    ['a default that was taken away', (draft) => delete draft.limit, 'limit'],
    ['a default that is set to undefined', (draft) => (draft.limit = undefined), 'limit'],
  ])(
    'refuses with its place what would not come back as it was given, and changes nothing: %s',
    async (_title, change, path) => {
      const memory = await openMemory(store(), { state: Loose, stores: { records: Loose } });
      const state = memory.state<Loose>();
      const records = memory.store<Loose>('records');
      const refused = { code: 'STATE_INVALID', problems: [expect.stringMatching(/^[^:]+: /)] };

      const error: unknown = await state.update(change).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(refused);
      expect((error as StateInvalidError).problems[0]?.split(':')[0]?.startsWith(path)).toBe(true);
      await expect(records.update('a', change)).rejects.toMatchObject(refused);
      expect([state.version, state.get(), await records.get('a')]).toEqual([0, new Loose(), undefined]);
    },
  );

  it('keeps what its class takes back: dates, nested instances, and literals in their place', async () => {
    const memory = await openMemory(store(), { state: Loose });
    const change = (draft: Loose): unknown => draft.entries.push(new Entry(1), { at: 2 });
    await memory.state<Loose>().update(change);
    const { since, entries } = await memory.state<Loose>().update((draft) => {
      draft.since = new Date(7);
      draft.entries.push({ at: 3 });
    });

    expect([since, entries]).toEqual([new Date(7), [new Entry(1), new Entry(2), new Entry(3)]]);
    expect(entries.every((entry) => entry instanceof Entry)).toBe(true);
  });
});
