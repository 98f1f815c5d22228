import { SystemClock } from '../../src/common/index.js';
import { type EventContext, EventContract, OnEvent, Plugin, PluginEvents } from '../../src/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { hostApp } from '../support/host-app.js';

@EventContract('asker.asked')
class Asked {}

@EventContract('asker.hurried')
class Hurried {}

let events: PluginEvents;

@Plugin({ name: 'asker', version: '1.0.0', emits: [Asked, Hurried] })
class Asker {
  constructor(own: PluginEvents) {
    events = own;
  }
}

interface Call {
  readonly context: EventContext;
  readonly answer: () => void;
}

const calls: Call[] = [];

@Plugin({ name: 'hangs', version: '1.0.0' })
class Hangs {
  @OnEvent(Asked)
  answer(_event: Asked, context: EventContext): Promise<void> {
    // Read, so that there is a signal to abort.
    expect(context.signal.aborted).toBe(false);
    return new Promise((resolve) => calls.push({ context, answer: resolve }));
  }
}

/** Its calls are tried again, so that none of them is reported as failed. */
@Plugin({ name: 'holds', version: '1.0.0' })
class Holds {
  @OnEvent(Asked, { key: () => 'k', concurrency: 3, retry: { attempts: 50 } })
  keyed(): Promise<void> {
    return new Promise(() => undefined);
  }

  @OnEvent(Asked, { concurrency: 2, retry: { attempts: 50 } })
  limited(): Promise<void> {
    return new Promise(() => undefined);
  }
}

const answered: string[] = [];

@Plugin({ name: 'answers', version: '1.0.0' })
class Answers {
  @OnEvent(Asked)
  answer(_event: Asked, { id }: EventContext): void {
    answered.push(id);
  }
}

@Plugin({ name: 'hurries', version: '1.0.0' })
class Hurries {
  @OnEvent(Hurried)
  hurry(_event: Hurried, { id }: EventContext): void {
    answered.push(id);
  }
}

beforeEach(() => {
  calls.length = 0;
  answered.length = 0;
});

describe('F-07 a handler that hangs', () => {
  it('F-07 is told by its signal at its deadline, fails once, and what it does later changes nothing; other plugins do not wait', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([Asker, Hangs, Answers], { clock });
    const outcomes = events.publishAndWait(new Asked());
    await clock.advance(29_900);
    expect([answered.length, calls.length, calls[0]?.context.signal.aborted]).toEqual([1, 1, false]);

    await clock.advance(200);
    expect(calls[0]?.context.signal.aborted).toBe(true);
    calls[0]?.answer();
    await clock.advance(60_000);
    expect((await outcomes).map(({ plugin, status, attempts }) => [plugin, status, attempts])).toEqual([
      ['answers', 'handled', 1],
      ['hangs', 'timed-out', 1],
    ]);
    expect(test.states()).toEqual({ answers: 'ready', asker: 'ready', hangs: 'ready' });
  });

  it('F-07 costs its plugin a suspension at the third call within a minute that was given up', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([Asker, Hangs, Answers], { clock });
    for (let call = 0; call < 3; call++) void events.publish(new Asked());
    await clock.advance(31_000);
    await clock.advance(10_000);

    expect(test.states()).toEqual({ answers: 'ready', asker: 'ready', hangs: 'suspended' });
    const resumed = test.host.resume('hangs');
    await clock.advance(0);
    await resumed;
    expect(test.states()).toMatchObject({ hangs: 'ready' });
  });

  it('F-07 costs its plugin a suspension when three calls that hold keys and places have not come back by their second deadline', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([Asker, Holds, Answers], { clock });
    for (let call = 0; call < 3; call++) void events.publish(new Asked());
    await clock.advance(59_000);
    expect(test.states()).toMatchObject({ holds: 'ready' });
    await clock.advance(15_000);
    expect(test.states()).toMatchObject({ answers: 'ready', holds: 'suspended' });
  });

  it('F-07 keeps no other plugin waiting, however many of its calls hang: what they are asked is answered while the clock stands', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([Asker, Hangs, Hurries], { clock });
    for (let call = 0; call < 1_000; call++) void events.publish(new Asked());
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => events.publishAndWait(new Hurried())));

    expect([
      calls.length > 0,
      outcomes.flat().every(({ status }) => status === 'handled'),
      clock.monotonicMs(),
    ]).toEqual([true, true, 0]);
    expect(test.states()).toMatchObject({ hurries: 'ready' });
    for (const { answer } of calls) answer();
  });

  if (process.env['PANOTTI_TEST_FULL'] !== '1') return;
  it('F-07 costs other plugins at most a tenth of their p99, measured in turns with and without calls that hang', async () => {
    const clock = new SystemClock();
    await using test = await hostApp([Asker, Hangs, Hurries], { clock });
    const p99 = async (): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < 20_000; count++) {
        const begunAt = performance.now();
        await events.publishAndWait(new Hurried());
        times.push(performance.now() - begunAt);
        // As between two requests: the loop turns.
        if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
    };
    await p99();
    const ratios: number[] = [];
    for (let round = 0; round < 15; round++) {
      const alone = await p99();
      void events.publish(new Asked());
      await new Promise((resolve) => setImmediate(resolve));
      expect(calls.length).toBe(1);
      ratios.push((await p99()) / alone);
      calls.pop()?.answer();
    }

    expect(test.states()).toMatchObject({ hangs: 'ready' });
    const median = ratios.toSorted((a, b) => a - b)[7] ?? Number.NaN;
    expect({ median, ratios, isWithin: median <= 1.1 }).toEqual({ median, ratios, isWithin: true });
  });
});
