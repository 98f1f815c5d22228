import { type EventContext, EventContract, OnEvent, Plugin, PluginEvents } from '../../src/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { hostApp } from '../support/host-app.js';

@EventContract('asker.asked')
class Asked {}

let events: PluginEvents;

@Plugin({ name: 'asker', version: '1.0.0', emits: [Asked] })
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

const answered: string[] = [];

@Plugin({ name: 'answers', version: '1.0.0' })
class Answers {
  @OnEvent(Asked)
  answer(_event: Asked, { id }: EventContext): void {
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
});
