import { FullMemory } from '../../../../../src/events/durable/session/full-memory.js';
import { settle } from '../../../../support/fake-clock.js';
import { waitFor } from '../../../../support/wait-for.js';

const LIMIT = 10;

class Bench {
  waiting = LIMIT;
  opened = 0;
  /** How often the disk was waited for. */
  writes = 0;
  onWritten: () => void = () => undefined;
  readonly memory: FullMemory;

  constructor() {
    const waiting = (): number => this.waiting;
    const written = async (): Promise<void> => {
      this.writes++;
      this.onWritten();
    };
    const lanes = {
      limit: LIMIT,
      get waiting() {
        return waiting();
      },
    };
    this.memory = new FullMemory(lanes, { written }, { goOn: () => void this.opened++ });
  }

  /** As a key that goes on: one event is handled, and the next one of its key takes its place. */
  goOn(): void {
    this.memory.moved();
  }
}

describe('the memory for what waits behind keys', () => {
  it.each([
    ['nothing waits', 0, LIMIT],
    ['something waits', 7, 3],
  ])('has room for the rest while it is not full: %s', (_title, waiting, room) => {
    const bench = new Bench();
    bench.waiting = waiting;

    expect(bench.memory.room).toBe(room);
    expect(bench.writes).toBe(0);
  });

  it('keeps the log unread while it is full and keys move, and reads on when there is room', async () => {
    const bench = new Bench();
    const openedBefore: number[] = [];
    bench.onWritten = () => {
      openedBefore.push(bench.opened);
      bench.goOn();
      if (bench.writes === 20) bench.waiting = LIMIT - 1;
    };

    expect(bench.memory.room).toBe(0);
    await waitFor(() => bench.opened > 0);
    expect(openedBefore).toEqual(Array.from({ length: 20 }, () => 0));
    expect([bench.opened, bench.memory.room]).toEqual([1, 1]);
  });

  it('has the log read on without end when nothing moves for some turns, until something moves again', async () => {
    const bench = new Bench();

    expect(bench.memory.room).toBe(0);
    await waitFor(() => bench.opened > 0);
    expect(bench.memory.room).toBe(Infinity);
    expect([bench.opened, bench.writes]).toEqual([1, 1]);

    bench.goOn();
    expect(bench.memory.room).toBe(0);
    await waitFor(() => bench.opened > 1);
    expect([bench.opened, bench.memory.room]).toEqual([2, Infinity]);
  });

  it('calls back once for an opening, however often it is asked', async () => {
    const bench = new Bench();
    for (let asked = 0; asked < 5; asked++) expect(bench.memory.room).toBe(0);
    await waitFor(() => bench.opened > 0);
    await settle();

    expect([bench.opened, bench.writes]).toEqual([1, 1]);
  });

  it('waits for what is on its way to the disk before it counts turns', async () => {
    const written = Promise.withResolvers<void>();
    let opened = 0;
    const memory = new FullMemory(
      { limit: 1, waiting: 1 },
      { written: () => written.promise },
      { goOn: () => void opened++ },
    );
    expect(memory.room).toBe(0);
    await settle();
    expect([opened, memory.room]).toEqual([0, 0]);

    written.resolve();
    await waitFor(() => opened > 0);
    expect(memory.room).toBe(Infinity);
  });

  it('calls back no more once it is closed, and stops looking', async () => {
    const bench = new Bench();
    bench.onWritten = () => {
      bench.goOn();
      if (bench.writes === 3) bench.memory.close();
    };
    expect(bench.memory.room).toBe(0);
    await waitFor(() => bench.writes === 3);
    for (let more = 0; more < 3; more++) await settle();

    expect([bench.opened, bench.writes]).toEqual([0, 3]);
    expect(bench.memory.room).toBe(0);
    await settle();
    expect(bench.writes).toBe(3);
  });
});
