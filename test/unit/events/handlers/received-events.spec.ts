import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { EventContract, OnEvent, type PluginEvents } from '../../../../src/events/index.js';
import { Nested } from '../../../../src/config/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { MemoryStore } from '../../../../src/storage/index.js';
import { settle } from '../../../support/fake-clock.js';
import { DurableBench } from '../durable/durable-bench.js';
import { EventBench } from '../event-bench.js';

class TheirPoint {
  @IsInt() x!: number;
}

/** The publisher's. */
@EventContract('shape.drawn')
class TheirShape {
  @IsString() name = '';
  @ValidateNested() @Type(() => TheirPoint) at!: TheirPoint;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => TheirPoint) path?: TheirPoint[];
  @IsOptional() labels?: Record<string, string>;
}

class OwnPoint {
  @IsInt() x!: number;

  get double(): number {
    return this.x * 2;
  }
}

/** The handler's own idea of the same event. */
@EventContract('shape.drawn')
class OwnShape {
  @IsString() name!: string;
  @ValidateNested() @Type(() => OwnPoint) at!: OwnPoint;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => OwnPoint) path?: OwnPoint[];
  @IsOptional() labels?: Record<string, string>;
}

function shape(name = 'line'): TheirShape {
  const at = Object.assign(new TheirPoint(), { x: 1 });
  return Object.assign(new TheirShape(), {
    name,
    at,
    path: [Object.assign(new TheirPoint(), { x: 2 })],
    labels: { a: 'b' },
  });
}

class Taken {
  readonly events: unknown[] = [];

  take(given: unknown): void {
    this.events.push(...(Array.isArray(given) ? (given as unknown[]) : [given]));
  }
}

class Live extends Taken {
  @OnEvent(OwnShape)
  handle(event: OwnShape): void {
    this.take(event);
  }
}

class LiveBatch extends Taken {
  @OnEvent(OwnShape, { batch: { size: 2, waitMs: 5 } })
  handle(events: OwnShape[]): void {
    this.take(events);
  }
}

class LiveKeyed extends Taken {
  @OnEvent(OwnShape, { key: (event) => `${event.at.double}` })
  handle(event: OwnShape): void {
    this.take(event);
  }
}

class LiveByName extends Taken {
  @OnEvent('shape.drawn')
  handle(event: OwnShape): void {
    this.take(event);
  }
}

class Stored extends Taken {
  behave: (context: EventContext) => void = () => undefined;

  @OnEvent(OwnShape, { delivery: 'durable', retry: { attempts: 2, backoffMs: 1_000 } })
  handle(event: OwnShape, context: EventContext): void {
    this.behave(context);
    this.take(event);
  }
}

class StoredBatch extends Taken {
  @OnEvent(OwnShape, { delivery: 'durable', batch: { size: 2, waitMs: 5 } })
  handle(events: OwnShape[]): void {
    this.take(events);
  }
}

class StoredKeyed extends Taken {
  @OnEvent(OwnShape, { delivery: 'durable', key: (event) => `${event.at.double}` })
  handle(event: OwnShape): void {
    this.take(event);
  }
}

interface Way {
  readonly way: string;
  readonly handler: () => Taken;
  /** Has the event published and delivered to the plugin `painter`. */
  readonly deliver: (
    bench: DurableBench,
    taken: Taken,
    publish: (events: PluginEvents) => Promise<void>,
  ) => Promise<void>;
}

async function running(
  bench: DurableBench,
  taken: Taken,
  publish: (events: PluginEvents) => Promise<void>,
): Promise<void> {
  await bench.started('painter', taken);
  await publish(theirs(bench));
  await settle();
  await bench.clock.advance(10);
}

function theirs(bench: DurableBench): PluginEvents {
  return bench.bus.publisherFor({ name: 'board', emits: [TheirShape] });
}

const WAYS: readonly Way[] = [
  { way: 'live', handler: () => new Live(), deliver: running },
  { way: 'live in a batch', handler: () => new LiveBatch(), deliver: running },
  { way: 'live with a key', handler: () => new LiveKeyed(), deliver: running },
  { way: 'live by a name, where the parameter has a class of it', handler: () => new LiveByName(), deliver: running },
  {
    way: 'held during a restart',
    handler: () => new Live(),
    deliver: async (bench, taken, publish) => {
      const held = bench.bus.hold(bench.attach('painter', new Live()));
      await publish(theirs(bench));
      await settle();
      const attachment = bench.attach('painter', taken);
      held.release(attachment);
      await settle();
    },
  },
  {
    way: 'through the bridge of ordinary Nest code',
    handler: () => new Live(),
    deliver: async (bench, taken) => {
      bench.attach('painter', taken);
      await bench.bus.application.accept('shape.drawn', { ...shape() });
    },
  },
  { way: 'stored and from memory', handler: () => new Stored(), deliver: running },
  { way: 'stored, in a batch', handler: () => new StoredBatch(), deliver: running },
  { way: 'stored, with a key', handler: () => new StoredKeyed(), deliver: running },
  {
    way: 'from the store, because its plugin did not run',
    handler: () => new Stored(),
    deliver: async (bench, taken, publish) => {
      (await bench.started('painter', new Stored())).close();
      await publish(theirs(bench));
      await bench.started('painter', taken);
      await settle();
    },
  },
  {
    way: 'at its second attempt',
    handler: () => new Stored(),
    deliver: async (bench, taken, publish) => {
      (taken as Stored).behave = ({ attempt }) => {
        if (attempt === 1) throw new Error('not yet');
      };
      await running(bench, taken, publish);
      await bench.clock.advance(1_000);
    },
  },
  {
    way: 'as a dead letter that is retried',
    handler: () => new Stored(),
    deliver: async (bench, taken, publish) => {
      (taken as Stored).behave = () => {
        throw new Error('never');
      };
      await running(bench, taken, publish);
      await bench.clock.advance(10_000);
      (taken as Stored).behave = () => undefined;
      const { deadLetters } = bench;
      const letters = await bench.letters('painter.handle');
      for (const { eventId } of letters) await deadLetters.retry('painter.handle', eventId, bench.clock.now());
      await bench.clock.advance(1);
    },
  },
  {
    way: 'replayed',
    handler: () => new Stored(),
    deliver: async (bench, taken, publish) => {
      await running(bench, taken, publish);
      taken.events.length = 0;
      await bench.replay();
      await bench.clock.advance(1);
    },
  },
  {
    way: 'delayed',
    handler: () => new Stored(),
    deliver: async (bench, taken) => {
      await running(bench, taken, (events) => events.publish(shape(), { delayMs: 5_000 }));
      await bench.clock.advance(5_000);
    },
  },
];

describe('an event that reaches a handler with a class of its own', () => {
  it.each(WAYS)(
    'comes as an instance of that class, with instances in it, when it comes $way',
    async ({ handler, deliver }) => {
      const bench = await DurableBench.opened();
      const taken = handler();
      await deliver(bench, taken, (events) => events.publish(shape()));

      expect(taken.events).toHaveLength(1);
      const [event] = taken.events as [OwnShape];
      expect(event).toBeInstanceOf(OwnShape);
      expect(event.at).toBeInstanceOf(OwnPoint);
      expect(event.at.double).toBe(2);
      expect(event.path?.[0]).toBeInstanceOf(OwnPoint);
      expect({ ...event.labels }).toEqual({ a: 'b' });
      await bench.bus.close();
    },
  );

  it('gives each handler a copy of its own, and leaves that of the publisher alone', async () => {
    class First extends Taken {
      @OnEvent(OwnShape)
      handle(event: OwnShape): void {
        event.name = 'changed';
        event.at.x = 7;
        this.take(event);
      }
    }
    const bench = new EventBench();
    const [first, second] = [new First(), new Live()];
    bench.attach('first', first);
    bench.attach('second', second);
    const published = shape();
    await bench.bus.publisherFor({ name: 'board', emits: [TheirShape] }).publishAndWait(published);

    expect(first.events[0]).not.toBe(second.events[0]);
    expect(second.events).toMatchObject([{ name: 'line', at: { x: 1 } }]);
    expect(published).toEqual(shape());
  });

  it('is the very object that was published where the class is that of the publisher', async () => {
    class Same extends Taken {
      @OnEvent(TheirShape)
      handle(event: TheirShape): void {
        this.take(event);
      }

      @OnEvent('shape.*')
      handleAll(event: unknown): void {
        this.take(event);
      }
    }
    const bench = new EventBench();
    const same = new Same();
    bench.attach('painter', same);
    const published = shape();
    await bench.bus.publisherFor({ name: 'board', emits: [TheirShape] }).publishAndWait(published);

    expect(same.events).toHaveLength(2);
    for (const event of same.events) expect(event).toBe(published);
  });

  @EventContract('shape.drawn')
  class StrictShape {
    @IsInt() @Min(10) name!: number;
  }

  it('fails as a delivery, with what is wrong, where it breaks the class of the handler', async () => {
    class Strict extends Taken {
      @OnEvent(StrictShape)
      handle(event: StrictShape): void {
        this.take(event);
      }
    }
    const bench = new EventBench();
    const strict = new Strict();
    bench.attach('painter', strict);
    const [outcome] = await bench.bus.publisherFor({ name: 'board', emits: [TheirShape] }).publishAndWait(shape());

    expect(strict.events).toEqual([]);
    expect(outcome).toMatchObject({
      status: 'failed',
      attempts: 0,
      error: { code: 'EVENT_UNREADABLE', message: expect.stringContaining('name: ') },
    });
  });

  it('fails in the same words when it is durable, as a dead letter, from memory and from the store', async () => {
    class Strict extends Taken {
      @OnEvent(StrictShape, { delivery: 'durable' })
      handle(event: StrictShape): void {
        this.take(event);
      }
    }
    const bench = await DurableBench.opened();
    const attachment = await bench.started('painter', new Strict());
    await theirs(bench).publish(shape(), { id: 'a' });
    await settle();
    attachment.close();
    await theirs(bench).publish(shape(), { id: 'b' });
    await bench.started('painter', new Strict());
    await settle();

    const letters = await bench.letters('painter.handle');
    expect(letters.map(({ eventId, attempts }) => [eventId, attempts])).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    expect(letters[0]?.errors).toEqual(letters[1]?.errors);
  });

  it.each([
    ['a Map', { name: 'x', at: { x: 1 }, labels: new Map() }, 'Map'],
    ['a function', { name: 'x', at: { x: 1 }, labels: { f: () => 1 } }, 'function'],
    ['a list', [], 'must be an object'],
    ['a text', 'text', 'must be an object'],
  ])(
    'fails as a delivery where ordinary Nest code has emitted %s, of which no instance can be made',
    async (_what, payload, words) => {
      const bench = new EventBench();
      const live = new Live();
      bench.attach('painter', live);
      const [outcome] = await bench.bus.application.accept('shape.drawn', payload);

      expect(live.events).toEqual([]);
      expect(outcome).toMatchObject({
        status: 'failed',
        error: { code: 'EVENT_UNREADABLE', message: expect.stringContaining(words) },
      });
    },
  );

  it('can be of a class whose constructor needs arguments', async () => {
    @EventContract('shape.drawn')
    class Made {
      readonly name: string;

      constructor(given: { name: string }) {
        this.name = given.name;
      }
    }
    class Maker extends Taken {
      @OnEvent(Made, { delivery: 'durable' })
      handle(event: Made): void {
        this.take(event);
      }
    }
    const bench = await DurableBench.opened();
    const maker = new Maker();
    await running(bench, maker, (events) => events.publish(shape()));

    expect(maker.events[0]).toBeInstanceOf(Made);
    expect(maker.events).toMatchObject([{ name: 'line' }]);
  });
});

describe('a typed property of a published event', () => {
  class P {
    @IsInt() x!: number;
    @IsOptional() @Type(() => P) next?: P;
  }

  class Named {
    @IsInt() n!: number;
  }

  @EventContract('rich.made')
  class Rich {
    @Type(() => P) p!: P;
    @IsOptional() @ValidateNested() @Type(() => P) checked?: P | null;
    @Type(() => P) list?: P[];
    @Type(() => P) map?: Map<string, P>;
    @IsOptional() @Nested(() => Named) one?: Named;
    @IsOptional() @Nested(() => Named, { shape: 'map' }) names?: Record<string, Named>;
    @Type(() => Date) when?: Date;
    @IsOptional() @ValidateNested() recorded?: Named;
  }

  const rich = (fields: object): Rich => Object.assign(new Rich(), { p: { x: 1 }, ...fields });

  it.each([
    ['without @ValidateNested', { p: { x: 'a' } }, 'p.x: '],
    ['that is no object', { p: 'text' }, 'p: must be an object'],
    ['with @ValidateNested', { checked: { x: 'a' } }, 'checked.x: '],
    ['in a property of its own class', { p: { x: 1, next: { x: 'a' } } }, 'p.next.x: '],
    ['in a list', { list: [{ x: 1 }, { x: 'a' }] }, 'list.1.x: '],
    ['with @Nested', { one: { n: 'a' } }, 'one.n: '],
    ['with @Nested in a map of names', { names: { k: { n: 'a' } } }, 'names.k.n: '],
    ['whose type the compiler recorded', { recorded: { n: 'a' } }, 'recorded.n: '],
    ['that is an instance already', { p: Object.assign(new P(), { x: 'a' }) }, 'p.x: '],
  ])('is checked %s, and refused with its path', async (_how, fields, path) => {
    const bench = new EventBench();
    const events = bench.bus.publisherFor({ name: 'shop', emits: [Rich] });
    const problems = [expect.stringContaining(path)];
    await expect(events.publish(rich(fields))).rejects.toMatchObject({ code: 'EVENT_INVALID', problems });
    await expect(events.publish('rich.made', { p: { x: 1 }, ...fields })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      problems,
    });
  });

  it('is checked in a Map, and refused with its path', async () => {
    const events = new EventBench().bus.publisherFor({ name: 'shop', emits: [Rich] });
    const problems = [expect.stringContaining('map.k.x: ')];
    const published = rich({ map: new Map([['k', { x: 'a' }]]) });
    await expect(events.publish(published)).rejects.toMatchObject({ code: 'EVENT_INVALID', problems });
  });

  const FINE = {
    p: { x: 1, next: { x: 2 } },
    checked: { x: 3 },
    list: [{ x: 4 }],
    one: { n: 5 },
    names: { k: { n: 6 } },
    when: '2026-01-01T00:00:00.000Z',
    recorded: { n: 7 },
  };

  function assertInstances(event: Rich): void {
    for (const point of [event.p, event.p.next, event.checked, event.list?.[0]]) expect(point).toBeInstanceOf(P);
    for (const named of [event.one, event.names?.['k'], event.recorded]) expect(named).toBeInstanceOf(Named);
    expect(event.when).toEqual(new Date('2026-01-01T00:00:00.000Z'));
  }

  class RichTaker extends Taken {
    @OnEvent(Rich)
    live(event: Rich): void {
      this.take(event);
    }

    @OnEvent(Rich, { delivery: 'durable' })
    stored(event: Rich): void {
      this.take(event);
    }
  }

  class LiveTaker extends Taken {
    @OnEvent(Rich)
    live(event: Rich): void {
      this.take(event);
    }
  }

  it('comes as an instance of its class, live and from the store alike, and what was published stays as it was', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const attachment = await bench.started('painter', new RichTaker());
    const live = new LiveTaker();
    bench.attach('other', live);
    attachment.close();
    const events = bench.bus.publisherFor({ name: 'shop', emits: [Rich] });
    const published = rich(FINE);
    await events.publish(published);
    await settle();
    expect(published).toEqual(rich(FINE));
    expect(published.p).not.toBeInstanceOf(P);

    const later = new RichTaker();
    await bench.started('painter', later);
    await settle();
    expect([live.events.length, later.events.length]).toEqual([1, 1]);
    for (const event of [...live.events, ...later.events]) assertInstances(event as Rich);
    expect(later.events).toEqual(live.events);
  });

  it.each([
    ['left out', {}],
    ['null', { checked: null }],
    ['an empty list', { list: [] }],
  ])('may be %s', async (_what, fields) => {
    const bench = new EventBench();
    const live = new LiveTaker();
    bench.attach('other', live);
    await bench.bus.publisherFor({ name: 'shop', emits: [Rich] }).publishAndWait(rich({ ...fields }));
    expect(live.events).toMatchObject([fields]);
  });

  it('is left as it is where nothing has to be made: the handler gets the object that was published', async () => {
    const bench = new EventBench();
    const live = new LiveTaker();
    bench.attach('other', live);
    const published = Object.assign(new Rich(), { p: Object.assign(new P(), { x: 1 }) });
    await bench.bus.publisherFor({ name: 'shop', emits: [Rich] }).publishAndWait(published);
    expect(live.events[0]).toBe(published);
  });
});
