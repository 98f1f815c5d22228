import { BacklogWatch } from '../../../../../src/events/durable/backlog/backlog-watch.js';
import { Backlog } from '../../../../../src/events/durable/backlog/backlog.js';
import { settle } from '../../../../support/fake-clock.js';

function counts({ size, parked, reserved, refused }: Backlog): object {
  return { size, parked, reserved, refused };
}

describe('the backlog of a durable subscription', () => {
  it('counts what was accepted until it has succeeded, was given up or does not concern the subscription', () => {
    const backlog = new Backlog('mail', new BacklogWatch());
    backlog.restored({ size: 2, parked: 0, through: 7 });
    backlog.accepted();
    backlog.accepted(3);
    backlog.succeeded();
    backlog.deadLettered();
    backlog.passed(7);
    backlog.passed(8);

    expect(counts(backlog)).toEqual({ size: 3, parked: 0, reserved: 0, refused: 0 });
  });

  it('tells the host of its plugin of parked events, and refuses them once the handler has looked at all', () => {
    const watch = new BacklogWatch();
    const told: string[] = [];
    const listening = watch.onParked((plugin) => told.push(plugin));
    const backlog = new Backlog('mail', watch);
    backlog.accepted(4);
    for (let parked = 0; parked < 4; parked++) backlog.parkedOne();
    expect(backlog.refused).toBe(0);
    backlog.released(2);
    backlog.sorted();
    backlog.skipped();

    expect(counts(backlog)).toEqual({ size: 3, parked: 1, reserved: 0, refused: 1 });
    expect(told).toEqual(Array.from({ length: 7 }, () => 'mail'));
    listening[Symbol.dispose]();
    backlog.stopped();
    backlog.parkedOne();
    expect([backlog.refused, told.length]).toEqual([0, 7]);
  });

  it.each<[string, (backlog: Backlog) => void]>([
    ['an event has succeeded', (backlog) => backlog.succeeded()],
    ['an event was given up', (backlog) => backlog.deadLettered()],
    ['a parked event was skipped', (backlog) => backlog.skipped()],
    ['an event will not be stored', (backlog) => backlog.unreserve()],
    ['the plugin has stopped', (backlog) => backlog.stopped()],
    ['the subscription was dropped', (backlog) => backlog.dropped()],
  ])('wakes publishers that wait, once for a turn, when %s', async (_what, change) => {
    const watch = new BacklogWatch();
    const backlog = new Backlog('mail', watch);
    backlog.accepted(2);
    backlog.reserve();
    let woken = 0;
    const waiting = Promise.all([watch.untilLess(), watch.untilLess()]).then(() => woken++);
    await settle();
    expect(woken).toBe(0);

    change(backlog);
    await waiting;
    expect(woken).toBe(1);
  });
});
