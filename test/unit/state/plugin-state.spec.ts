/** The document of a plugin, on both adapters of the store. */
import { IsArray, IsInt, Max } from 'class-validator';
import { unitOfWork } from '../../../src/events/index.js';
import { StateContract } from '../../../src/state/index.js';
import { StoredState } from '../../../src/state/stored-state.js';
import { DRIVERS, storeOf } from '../../support/each-store.js';
import { openMemory } from '../../support/plugin-memory.js';

class Counter {
  @IsInt() @Max(1_000) count: number = 0;
  @IsArray() names: string[] = [];
}

describe.each(DRIVERS)('the state of a plugin on the store of %s', (driver) => {
  const store = storeOf(driver);
  const open = async (quota?: number) => {
    const memory = await openMemory(store(), { state: Counter, ...(quota === undefined ? {} : { quota }) });
    return { ...memory, state: memory.state<Counter>() };
  };

  it('begins with the defaults of its class, as version 0', async () => {
    const { state } = await open();
    expect(state.get()).toEqual(new Counter());
    expect(state.get()).toBeInstanceOf(Counter);
    expect(state.version).toBe(0);
  });

  it('is there again after a restart', async () => {
    const { state } = await open();
    await state.update((draft) => draft.names.push('a'));
    const { state: again } = await open();
    expect(again.get()).toEqual({ count: 0, names: ['a'] });
    expect(again.get()).toBeInstanceOf(Counter);
    expect(again.version).toBe(1);
  });

  it('loses none of many changes that come at once, also when they wait in between', async () => {
    const { state } = await open();
    const changes = Array.from({ length: 50 }, (_, i) =>
      state.update(async (draft) => {
        const { count } = draft;
        await (i % 2 === 0 ? Promise.resolve() : new Promise(setImmediate));
        draft.count = count + 1;
      }),
    );
    await Promise.all(changes);
    expect(state.get().count).toBe(50);
    expect(state.version).toBe(50);
  });

  it('changes nothing when the result is invalid, is no JSON, or the function throws', async () => {
    const { state, events } = await open();
    await state.update((draft) => (draft.count = 5));
    const invalid = state.update((draft) => (draft.count = 1.5));
    const circular = state.update((draft) => Object.assign(draft, { self: draft }));
    const notANumber = state.update((draft) => (draft.count = NaN));
    const thrown = state.update((draft) => {
      draft.count = 6;
      throw new Error('no');
    });
    await expect(invalid).rejects.toMatchObject({
      code: 'STATE_INVALID',
      problems: [expect.stringContaining('count')],
    });
    await expect(circular).rejects.toMatchObject({ code: 'STATE_INVALID' });
    await expect(notANumber).rejects.toMatchObject({ code: 'STATE_INVALID' });
    await expect(thrown).rejects.toThrow('no');
    expect(state.get().count).toBe(5);
    expect((await open()).state.get().count).toBe(5);
    expect(events).toHaveLength(1);
  });

  it('cannot be changed but by update', async () => {
    const { state } = await open();
    await state.update((draft) => draft.names.push('a'));
    expect(() => Object.assign(state.get(), { count: 9 })).toThrow(TypeError);
    expect(() => state.get().names.push('b')).toThrow(TypeError);
  });

  it('refuses a change of another version than the expected one', async () => {
    const { state } = await open();
    await state.update((draft) => (draft.count = 1), { expectedVersion: 0 });
    const second = state.update((draft) => (draft.count = 2), { expectedVersion: 0 });
    await expect(second).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await state.update((draft) => (draft.count = 3), { expectedVersion: 1 });
    expect(state.get().count).toBe(3);
  });

  it('publishes each change after its commit, and nothing where nothing changed', async () => {
    const { state, events } = await open();
    await state.update((draft) => (draft.count = 1));
    await state.update((draft) => (draft.count = 1));
    await unitOfWork(async () => {
      await state.update((draft) => (draft.count = 2));
      expect(events).toHaveLength(1);
    });
    expect(events).toEqual([
      { name: 'shop.state.changed', payload: { version: 1 } },
      { name: 'shop.state.changed', payload: { version: 2 } },
    ]);
  });

  it('shows a staged change to the unit alone, and forgets it with the unit', async () => {
    const { state, events } = await open();
    const gate = Promise.withResolvers<void>();
    const unit = unitOfWork(async () => {
      await state.update((draft) => (draft.count = 1));
      await state.update((draft) => (draft.count += 1));
      expect([state.get().count, state.version]).toEqual([2, 2]);
      await gate.promise;
      throw new Error('undo');
    });
    await Promise.resolve();
    const other = state.update((draft) => (draft.count += 10));
    expect(state.get().count).toBe(0);
    gate.resolve();
    await expect(unit).rejects.toThrow('undo');
    await other;
    expect([state.get().count, state.version]).toEqual([10, 1]);
    expect(events).toHaveLength(1);
  });

  it('keeps changes of many units that run at once', async () => {
    const { state } = await open();
    const units = Array.from({ length: 20 }, (_, i) =>
      unitOfWork(async () => {
        await state.update((draft) => (draft.count += 1));
        await new Promise(setImmediate);
        if (i % 4 === 0) throw new Error('every fourth fails');
      }),
    );
    const results = await Promise.allSettled(units);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(15);
    expect(state.get().count).toBe(15);
  });

  it('never lets two units wait for each other', async () => {
    const { state: first } = await open();
    const second = (await openMemory(store(), { name: 'bank', state: Counter })).state<Counter>();
    const [oneHasIt, otherHasIt] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const add = (draft: Counter): number => (draft.count += 1);
    const one = unitOfWork(async () => {
      await first.update(add);
      oneHasIt.resolve();
      await otherHasIt.promise;
      await second.update(add);
    });
    const other = unitOfWork(async () => {
      await second.update(add);
      otherHasIt.resolve();
      await oneHasIt.promise;
      await first.update(add);
    });
    const results = await Promise.allSettled([one, other]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'STATE_CONFLICT' });
    expect(first.get().count).toBe(second.get().count);
  });

  it('tells every reader of changes what was committed, and ends with the plugin', async () => {
    const { state, close } = await open();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { count } of state.changes()) seen.push(count);
    })();
    for (const count of [1, 2, 3]) await state.update((draft) => (draft.count = count));
    await unitOfWork(async () =>
      state.update((draft) => (draft.count = 99)).then(() => Promise.reject(new Error('undo'))),
    ).catch(() => undefined);
    close();
    await reading;
    expect(seen).toEqual([1, 2, 3]);
    expect((await state.changes().next()).done).toBe(true);
  });

  it('lets go of a reader that leaves its loop', async () => {
    const { state } = await open();
    if (!(state instanceof StoredState)) throw new Error('another implementation');
    for await (const { count } of withUpdate(state)) if (count === 1) break;
    expect(state.readers).toBe(0);
  });

  it('refuses more than its quota, and goes on', async () => {
    const { state } = await open(1_024);
    await state.update((draft) => draft.names.push('small'));
    const tooMuch = state.update((draft) => draft.names.push('x'.repeat(2_000)));
    await expect(tooMuch).rejects.toMatchObject({ code: 'STATE_QUOTA_EXCEEDED', plugin: 'shop' });
    await state.update((draft) => draft.names.push('more'));
    expect(state.get().names).toEqual(['small', 'more']);
  });

  it('is exported and imported as JSON, checked', async () => {
    const { state } = await open();
    await state.update((draft) => (draft.count = 7));
    const exported = state.export();
    await state.update((draft) => (draft.count = 8));
    await state.import(exported);
    expect(state.get().count).toBe(7);
    for (const wrong of ['{', '[]', '{"version":0,"data":{}}', '{"version":1,"data":{"count":"x","names":[]}}']) {
      await expect(state.import(wrong)).rejects.toMatchObject({ code: 'STATE_INVALID' });
    }
    await expect(state.import('{"version":2,"data":{}}')).rejects.toMatchObject({ code: 'STATE_TOO_NEW' });
    expect(state.get().count).toBe(7);
  });

  it('changes nothing after the plugin has stopped', async () => {
    const { state, close } = await open();
    close();
    await expect(state.update((draft) => (draft.count = 1))).rejects.toMatchObject({ code: 'STATE_CLOSED' });
  });

  it('builds on what a unit of an instance before it has committed', async () => {
    const { state: old } = await open();
    const gate = Promise.withResolvers<void>();
    const unit = unitOfWork(async () => {
      await old.update((draft) => (draft.count = 5));
      await gate.promise;
    });
    const { state: fresh } = await open();
    gate.resolve();
    await unit;
    await fresh.update((draft) => (draft.count += 1));
    expect(fresh.get().count).toBe(6);
  });

  async function* withUpdate(state: StoredState<object>) {
    const changes = (state as StoredState<Counter>).changes();
    await (state as StoredState<Counter>).update((draft) => (draft.count = 1));
    yield* changes;
  }
});

describe.each(DRIVERS)('the migration of state on the store of %s', (driver) => {
  const store = storeOf(driver);

  const stored = async () => (await store().get('plugin-state', 'shop', 'state'))?.value;
  beforeEach(async () => {
    const memory = await openMemory(store(), { state: Counter });
    await memory.state<Counter>().update((draft) => (draft.count = 4));
  });

  it('carries on step by step to the version of the code, once', async () => {
    const calls: number[] = [];
    @StateContract({
      version: 3,
      migrations: {
        1: (old: { count: number }) => {
          calls.push(1);
          return { sum: old.count };
        },
        2: async (old: { sum: number }) => {
          calls.push(2);
          return { total: old.sum * 2 };
        },
      },
    })
    class Total {
      @IsInt() total: number = 0;
    }
    for (let start = 0; start < 2; start++) {
      const memory = await openMemory(store(), { state: Total });
      expect(memory.state<Total>().get()).toEqual({ total: 8 });
    }
    expect(calls).toEqual([1, 2]);
  });

  it.each([
    ['throws', { 1: () => Promise.reject(new Error('broken')) }],
    ['is missing', {}],
    ['makes something invalid', { 1: () => ({ total: 'many' }) }],
  ])('fails and leaves the old data when a step %s', async (_what, migrations) => {
    @StateContract({ version: 2, migrations })
    class Total {
      @IsInt() total: number = 0;
    }
    const before = await stored();
    await expect(openMemory(store(), { state: Total })).rejects.toMatchObject({
      code: 'STATE_MIGRATION_FAILED',
      plugin: 'shop',
    });
    expect(await stored()).toBe(before);
  });

  it('refuses what a newer version of the code has written, and does not touch it', async () => {
    @StateContract({ version: 2, migrations: { 1: (old) => old } })
    class Newer extends Counter {}
    await openMemory(store(), { state: Newer });
    const before = await stored();
    await expect(openMemory(store(), { state: Counter })).rejects.toMatchObject({ code: 'STATE_TOO_NEW' });
    expect(await stored()).toBe(before);
  });
});

it.each([{ version: 0 }, { version: 1, migrations: { 1: () => ({}) } }, { version: 1.5 }])(
  '@StateContract refuses %j',
  (options) => {
    expect(() => StateContract(options)(class Wrong {})).toThrow(
      expect.objectContaining({ code: 'STATE_CONTRACT_INVALID' }),
    );
  },
);
