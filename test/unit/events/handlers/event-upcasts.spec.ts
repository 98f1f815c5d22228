import { IsInt, IsString } from 'class-validator';
import { EventContract, OnEvent } from '../../../../src/events/index.js';
import { MemoryStore } from '../../../../src/storage/index.js';
import { settle } from '../../../support/fake-clock.js';
import { DurableBench } from '../durable/durable-bench.js';
import { EventBench } from '../event-bench.js';

@EventContract('guest.arrived', { version: 1 })
class GuestV1 {
  constructor(readonly fullName: string) {}
}

@EventContract('guest.arrived', { version: 2 })
class GuestV2 {
  constructor(
    readonly first: string,
    readonly last: string,
  ) {}
}

@EventContract('guest.arrived', { version: 3 })
class GuestV3 {
  constructor(readonly name: { readonly first: string; readonly last: string }) {}
}

@EventContract('guest.arrived', { version: 4 })
class GuestV4 {
  constructor(readonly words: number) {}
}

interface Split {
  first: string;
  last: string;
}

const STEPS = {
  1: ({ fullName }: { fullName: string }) => ({ first: fullName.split(' ')[0], last: fullName.split(' ')[1] }),
  2: ({ first, last }: Split) => ({ name: { first, last } }),
  3: ({ name }: { name: Split }) => ({ words: [name.first, name.last].filter((word) => word !== '').length }),
};

/** What a handler knows. */
@EventContract('guest.arrived', { version: 4, upcast: STEPS })
class Guest {
  @IsInt() words!: number;
}

class Door {
  readonly guests: object[] = [];

  @OnEvent(Guest)
  live(guest: Guest): void {
    this.guests.push(guest);
  }
}

class Archive {
  readonly guests: object[] = [];

  @OnEvent(Guest, { delivery: 'durable' })
  stored(guest: Guest): void {
    this.guests.push(guest);
  }
}

const VERSIONS = [
  { version: 1, event: new GuestV1('Ada Lovelace') },
  { version: 2, event: new GuestV2('Ada', 'Lovelace') },
  { version: 3, event: new GuestV3({ first: 'Ada', last: 'Lovelace' }) },
  { version: 4, event: new GuestV4(2) },
];

describe('an event of an older version', () => {
  it.each(VERSIONS)(
    'is carried on step by step to the version of the handler: from $version, live and stored alike',
    async ({ event }) => {
      const bench = await DurableBench.opened(new MemoryStore());
      const [door, archive, before] = [new Door(), new Archive(), new Archive()];
      bench.attach('door', door);
      const attachment = await bench.started('archive', before);
      const events = bench.bus.publisherFor({ name: 'hotel', emits: [event.constructor as typeof GuestV1] });
      await events.publish(event);
      await settle();
      attachment.close();
      await events.publish(event);
      await bench.started('archive', archive);
      await settle();

      const expected = Object.assign(new Guest(), { words: 2 });
      expect(before.guests).toEqual([expected]);
      expect(archive.guests).toEqual([expected]);
      expect(door.guests).toEqual([expected, expected]);
      for (const guest of [...door.guests, ...archive.guests, ...before.guests]) expect(guest).toBeInstanceOf(Guest);
    },
  );

  it('of every version is carried on where all of them are stored', async () => {
    const store = new MemoryStore();
    const first = await DurableBench.opened(store);
    (await first.started('archive', new Archive())).close();
    for (const { event } of VERSIONS) {
      await first.bus.publisherFor({ name: 'hotel', emits: [event.constructor as typeof GuestV1] }).publish(event);
    }
    await first.bus.close();

    const later = await DurableBench.opened(store);
    const archive = new Archive();
    await later.started('archive', archive);
    await settle();
    expect(archive.guests).toEqual(VERSIONS.map(() => Object.assign(new Guest(), { words: 2 })));
    expect(await later.letters()).toEqual([]);
  });

  it('is taken as it is by a class without steps, which has to accept it', async () => {
    @EventContract('guest.arrived', { version: 4 })
    class Lenient {
      fullName?: string;
      words = 0;
    }
    const guests: object[] = [];
    class LenientDoor {
      @OnEvent(Lenient)
      handle(guest: Lenient): void {
        guests.push(guest);
      }
    }
    const bench = new EventBench();
    bench.attach('door', new LenientDoor());
    await bench.bus.publisherFor({ name: 'hotel', emits: [GuestV1] }).publishAndWait(new GuestV1('Ada'));
    expect(guests).toEqual([Object.assign(new Lenient(), { fullName: 'Ada' })]);
  });

  it('is not the same data for two handlers: a step may change what it is given', async () => {
    @EventContract('guest.arrived', {
      version: 2,
      upcast: { 1: (old: { fullName: string }) => Object.assign(old, { fullName: `${old.fullName}!` }) },
    })
    class Loud {
      fullName!: string;
    }
    const names: string[] = [];
    class LoudDoor {
      @OnEvent(Loud)
      one(guest: Loud): void {
        names.push(guest.fullName);
      }

      @OnEvent(Loud)
      two(guest: Loud): void {
        names.push(guest.fullName);
      }
    }
    const bench = new EventBench();
    bench.attach('door', new LoudDoor());
    const published = new GuestV1('Ada');
    await bench.bus.publisherFor({ name: 'hotel', emits: [GuestV1] }).publishAndWait(published);
    expect(names).toEqual(['Ada!', 'Ada!']);
    expect(published.fullName).toBe('Ada');
  });
});

function throwing(): never {
  throw new Error('the step broke', { cause: new TypeError('inside') });
}

const WRONG_STEPS: readonly {
  readonly what: string;
  readonly upcast: Record<number, (old: never) => unknown>;
  readonly words: string;
}[] = [
  {
    what: 'throws',
    upcast: { 1: throwing, 2: () => ({ total: 1 }) },
    words: 'the step from version 1 threw: the step broke',
  },
  {
    what: 'throws further on',
    upcast: { 1: () => ({}), 2: throwing },
    words: 'the step from version 2 threw: the step broke',
  },
  {
    what: 'makes something invalid',
    upcast: { 1: () => ({}), 2: () => ({ total: 7 }) },
    words: 'the result of the steps is invalid',
  },
  { what: 'makes a list', upcast: { 1: () => ({}), 2: () => [] }, words: 'the result of the steps is invalid' },
  { what: 'makes a text', upcast: { 1: () => ({}), 2: () => 'text' }, words: 'the result of the steps is invalid' },
  {
    what: 'is asynchronous',
    upcast: { 1: async () => throwing(), 2: () => ({ total: 1 }) },
    words: 'the step from version 1 is asynchronous',
  },
  {
    what: 'is not there for so old an event',
    upcast: { 2: () => ({ total: 'a' }) },
    words: 'there is no step from version 1',
  },
];

describe('a step that', () => {
  it.each(WRONG_STEPS)(
    '$what makes the delivery fail: a dead letter with the cause, or a failed delivery',
    async ({ upcast, words }) => {
      @EventContract('guest.arrived', { version: 3, upcast })
      class Total {
        @IsString() total!: string;
      }
      const guests: object[] = [];
      class LiveDoor {
        @OnEvent(Total, { retry: { attempts: 3 } })
        live(guest: Total): void {
          guests.push(guest);
        }
      }
      class StoredDoor {
        @OnEvent(Total, { delivery: 'durable' })
        stored(guest: Total): void {
          guests.push(guest);
        }
      }
      const live = new EventBench();
      live.attach('door', new LiveDoor());
      const publisher = { name: 'hotel', emits: [GuestV1] };
      const [outcome] = await live.bus.publisherFor(publisher).publishAndWait(new GuestV1('Ada'));
      expect(outcome).toMatchObject({
        status: 'failed',
        attempts: 0,
        error: { code: 'EVENT_UPCAST_FAILED', message: expect.stringContaining(words) },
      });

      const bench = await DurableBench.opened();
      await bench.started('door', new StoredDoor());
      await bench.bus.publisherFor(publisher).publish(new GuestV1('Ada'), { id: 'ada' });
      await settle();
      const letter = await bench.deadLetters.show('door.stored', 'ada');
      expect(letter).toMatchObject({
        attempts: 0,
        errors: expect.arrayContaining([{ name: 'EventUpcastError', message: expect.stringContaining(words) }]),
      });
      if (words.includes('threw'))
        expect(letter?.errors.map(({ message }) => message)).toEqual([expect.anything(), 'the step broke', 'inside']);
      expect(guests).toEqual([]);
    },
  );

  it.each([
    ['is from the version of the class', 2, { 2: () => ({}) }],
    ['is from a version that is not a number', 2, { one: () => ({}) }],
    ['is from version 0', 2, { 0: () => ({}), 1: () => ({}) }],
    ['is not a function', 2, { 1: 'text' }],
    ['leaves a gap behind it', 4, { 1: () => ({}), 3: () => ({}) }],
    ['leaves a gap to the version of the class', 4, { 1: () => ({}), 2: () => ({}) }],
    ['stands in something that is not an object', 2, []],
  ])('%s is refused when the class is defined', (_what, version, upcast) => {
    const define = (): unknown => EventContract('guest.arrived', { version, upcast: upcast as never })(class Wrong {});
    expect(define).toThrow(
      expect.objectContaining({ code: 'EVENT_CONTRACT_INVALID', message: expect.stringContaining('upcast') }),
    );
  });
});

describe('an event of a newer version than a handler that is not durable knows', () => {
  @EventContract('guest.arrived')
  class Old {
    fullName!: string;
  }
  class OldDoor {
    readonly guests: object[] = [];

    @OnEvent(Old, { retry: { attempts: 3 } })
    handle(guest: Old): void {
      this.guests.push(guest);
    }

    @OnEvent('guest.*')
    handleAll(guest: object): void {
      this.guests.push(guest);
    }
  }

  it('is a failed delivery that is reported and counted, and no attempt; handlers without a class get it', async () => {
    const bench = new EventBench();
    const door = new OldDoor();
    bench.attach('door', door);
    const failures: unknown[] = [];
    class Watch {
      @OnEvent('panotti.event.failed')
      note(failure: unknown): void {
        failures.push(failure);
      }
    }
    bench.attach('watch', new Watch());
    const published = new GuestV4(2);
    const outcomes = await bench.bus.publisherFor({ name: 'hotel', emits: [GuestV4] }).publishAndWait(published);
    await settle();

    expect(door.guests).toEqual([published]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['failed', 'handled']);
    const failed = outcomes.find(({ status }) => status === 'failed');
    const message = expect.stringMatching(/version 4.*knows version 1/);
    expect(failed).toMatchObject({ attempts: 0, error: { code: 'EVENT_VERSION_UNKNOWN', message } });
    expect(failures).toMatchObject([{ plugin: 'door', event: 'guest.arrived', attempts: 0, error: message }]);
    expect(bench.log.filter(({ level }) => level === 'error')).toMatchObject([{ message }]);
    expect(await bench.registry.metrics()).toContain(
      'handler="OldDoor.handle",event="guest.arrived",outcome="failed"} 1',
    );
  });
});
