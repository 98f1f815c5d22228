import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { IsDefined } from 'class-validator';
import fc from 'fast-check';
import { PanottiError, SystemClock } from '../../src/common/index.js';
import { EventBus, EventContract, EventsOptions, OnEvent, type DeadLetter } from '../../src/events/index.js';
import { DeadLetters } from '../../src/events/operations/dead-letters.js';
import type { EventContext } from '../../src/plugin/index.js';
import { SqliteStore } from '../../src/storage/index.js';
import { waitFor } from '../support/wait-for.js';

const VALUES = process.env['PANOTTI_TEST_FULL'] ? 10_000 : 600;

@EventContract('fuzz.made')
class FuzzMade {
  constructor(readonly value: unknown) {}
}

@EventContract('fuzz.checked')
class FuzzChecked {
  @IsDefined() value: unknown;
}

class Receiver {
  readonly values = new Map<string, unknown>();

  @OnEvent(FuzzMade, { delivery: 'durable', retry: { attempts: 1 } })
  receive(event: FuzzMade, { id }: EventContext): void {
    this.values.set(id, event.value);
  }
}

class Point {
  constructor(readonly x = 1) {}
}

function cycle(): unknown {
  const value: Record<string, unknown> = { a: [1] };
  value['self'] = value;
  return value;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

/** What nobody generates by chance. */
const ODD: (() => unknown)[] = [
  cycle,
  () => nested(1_000),
  () => nested(30),
  () => nested(40),
  () => 'x'.repeat(10_000_000),
  () => 'ü'.repeat(131_069),
  () => 'ü'.repeat(131_073),
  () => ({
    get broken(): never {
      throw new Error('no');
    },
  }),
  () => Object.assign([1, 2], { extra: 3 }),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    ),
  () => new Point(),
  () => [new Point(2)],
  () => ({ toJSON: () => 'other' }),
  () => Object.create({ inherited: 1 }),
  () => ({ constructor: 'text' }),
  () => JSON.parse('{"__proto__":{"polluted":1}}'),
  () => ({ [Symbol('hidden')]: 1 }),
  () => Object.defineProperty({}, 'hidden', { value: 1, enumerable: false }),
  () => new Error('an error'),
  () => /pattern/,
  () => Promise.resolve(1),
  () => new WeakMap(),
  () => Buffer.from('bytes'),
  () => new URL('http://localhost'),
  () => ({ '\uD800': 1 }),
  () => '\uDFFF',
  () => [undefined],
  () => -0,
  () => ({ length: 3 }),
  () => ({ valueOf: null, toString: 1, hasOwnProperty: 2 }),
  () => JSON.parse('{"then":"text"}'),
];

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
  { weight: 2, arbitrary: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()) },
  {
    weight: 3,
    arbitrary: fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      maxDepth: 4,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...ODD).map((make) => make()) },
);

/** Fields that are undefined are left out, and an object without a prototype is a plain one: that is what JSON means by an object. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => (field === undefined ? [] : [[key, plain(field)]])),
  );
}

async function lettersIn(store: SqliteStore, bus: EventBus): Promise<DeadLetter[]> {
  return (await Array.fromAsync(new DeadLetters(store, bus.durable.known).pages())).flat();
}

function isTheSame(given: unknown, received: unknown): boolean {
  return isDeepStrictEqual(plain(given), received);
}

@EventContract('fuzz.named')
class FuzzNamed {}

class NamedReceiver {
  @OnEvent(FuzzNamed, { delivery: 'durable' })
  receive(): void {
    throw new Error('It is not started.');
  }
}

describe('S-10 any value at all is published as a durable event', () => {
  it(
    'S-10 is refused with a code and a way out, or comes back after a restart as it was',
    async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-fuzz-'));
      const path = join(folder.path, 'store.db');
      const clock = new SystemClock();
      const given = new Map<string, unknown>();
      const wrong: string[] = [];
      let refused = 0;
      const first = await SqliteStore.open({ path, clock });
      const publishing = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store: first });
      await publishing.open();
      const attachment = publishing.attach('receiver', [{ type: Receiver, instance: new Receiver() }]);
      await attachment.isStored;
      attachment.close();
      const events = publishing.publisherFor({ name: 'fuzz', emits: [FuzzMade] });
      const values = [...ODD.map((make) => make()), ...fc.sample(anything, { numRuns: VALUES, seed: Date.now() })];
      for (const [index, value] of values.entries()) {
        const id = `v${index}`;
        try {
          await events.publish(new FuzzMade(value), { id });
          given.set(id, value);
        } catch (error) {
          refused++;
          if (!(error instanceof PanottiError) || !error.fix)
            wrong.push(`${id}: refused without a code: ${String(error)}`);
        }
      }
      await publishing.close();
      await first.close();

      const second = await SqliteStore.open({ path, clock });
      const receiving = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store: second });
      await receiving.open();
      const receiver = new Receiver();
      receiving.activate(receiving.attach('receiver', [{ type: Receiver, instance: receiver }]));
      await waitFor(() => receiver.values.size === given.size).catch(() => undefined);
      const dead = await lettersIn(second, receiving);
      await receiving.close();
      await second.close();

      for (const [id, value] of given) {
        if (!receiver.values.has(id)) wrong.push(`${id}: never came`);
        else if (!isTheSame(value, receiver.values.get(id)))
          wrong.push(`${id}: ${fc.stringify(value)} became ${fc.stringify(receiver.values.get(id))}`);
      }
      expect(wrong).toEqual([]);
      expect(dead).toEqual([]);
      // Both happen: nothing is proved by refusing or taking everything.
      expect(given.size).toBeGreaterThan(VALUES / 10);
      expect(refused).toBeGreaterThan(VALUES / 10);
    },
    VALUES * 60 + 60_000,
  );

  it('S-10 is refused where the whole payload is something that JSON cannot hold, and kept where it is an object', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-fuzz-'));
    const path = join(folder.path, 'store.db');
    const clock = new SystemClock();
    const store = await SqliteStore.open({ path, clock });
    const bus = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store });
    await bus.open();
    await bus.attach('named', [{ type: NamedReceiver, instance: new NamedReceiver() }]).isStored;
    const events = bus.publisherFor({ name: 'fuzz', emits: ['fuzz.named'] });
    const payloads = [
      new Map([[1, 2]]),
      new Set([1]),
      new Error('no'),
      /a/,
      new Date(0),
      Promise.resolve(),
      new WeakSet(),
      Object(1),
      1n,
    ];
    for (const payload of [...payloads, new Uint8Array(3), Symbol('a'), () => 1, cycle()]) {
      await expect(events.publish('fuzz.named', payload)).rejects.toMatchObject({ code: 'EVENT_NOT_STORABLE' });
    }
    for (const payload of [{ a: [1, { b: null }] }, new Point(), undefined])
      await events.publish('fuzz.named', payload);
    expect((await store.logStatus()).last).toBe(3);
    await bus.close();
    await store.close();
  });

  it('S-10 is checked against its class when it is published, and again before it is delivered', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-fuzz-'));
    const path = join(folder.path, 'store.db');
    const clock = new SystemClock();
    const store = await SqliteStore.open({ path, clock });
    const bus = new EventBus({ options: new EventsOptions(), clock, registry: undefined, store });
    await bus.open();
    const calls: unknown[] = [];
    class Strict {
      @OnEvent(FuzzChecked, { delivery: 'durable' })
      handle(event: FuzzChecked): void {
        calls.push(event);
      }
    }
    const attachment = bus.attach('strict', [{ type: Strict, instance: new Strict() }]);
    await attachment.isStored;
    await expect(
      bus.publisherFor({ name: 'fuzz', emits: [FuzzChecked] }).publish(new FuzzChecked()),
    ).rejects.toMatchObject({
      code: 'EVENT_INVALID',
    });
    // Published by a plugin that knows no class, and so checks nothing.
    await bus.publisherFor({ name: 'fuzz', emits: ['fuzz.checked'] }).publish('fuzz.checked', { other: 1 });
    attachment.close();
    const next = bus.attach('strict', [{ type: Strict, instance: new Strict() }]);
    bus.activate(next);
    const letters = await waitFor(async () => {
      const found = await lettersIn(store, bus);
      return found.length > 0 && found;
    });
    expect(letters).toMatchObject([{ errors: [{ name: 'EventUnreadableError' }] }]);
    expect(calls).toEqual([]);
    await bus.close();
    await store.close();
  });
});
