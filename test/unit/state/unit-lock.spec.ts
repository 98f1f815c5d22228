/** The locks of units of work by themselves: who waits, who is refused, and that the work always gets done. */
import { UnitOfWork } from '../../../src/events/index.js';
import { UnitLock } from '../../../src/state/unit-lock.js';
import { randomOf } from '../../support/delayed-store.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const refusal = (): Error => new Error('refused');

/** Takes locks one after another, with a turn of the loop after each, and ends. */
async function take(unit: UnitOfWork, locks: readonly UnitLock[]): Promise<'done' | 'refused'> {
  try {
    for (const lock of locks) await lock.run(unit, turn, refusal);
    return 'done';
  } catch {
    return 'refused';
  } finally {
    unit.discard();
  }
}

const locksOf = (count: number): UnitLock[] => Array.from({ length: count }, () => new UnitLock());

describe('a lock of units of work', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'];
  it.each([
    [
      'two that take the same two in the same order',
      [
        [a, b],
        [a, b],
      ],
      ['done', 'done'],
    ],
    [
      'two that take two in opposite orders',
      [
        [a, b],
        [b, a],
      ],
      ['done', 'refused'],
    ],
    ['two that take one of three in the middle', [[a, b, c], [c]], ['done', 'done']],
    [
      'three in a circle',
      [
        [a, b],
        [b, c],
        [c, a],
      ],
      ['done', 'done', 'refused'],
    ],
    [
      'four in a circle',
      [
        [a, b],
        [b, c],
        [c, d],
        [d, a],
      ],
      ['done', 'done', 'done', 'refused'],
    ],
    [
      'a chain that is no circle',
      [
        [a, b],
        [b, c],
        [c, d],
      ],
      ['done', 'done', 'done'],
    ],
    [
      'two circles that share one unit',
      [
        [a, b, c],
        [b, a],
        [c, a],
      ],
      ['done', 'refused', 'refused'],
    ],
    ['one that waits behind another for the same', [[a, b], [b, a], [a]], ['done', 'refused', 'done']],
  ])('refuses the youngest of a circle and lets all others have their turn: %s', async (_title, orders, outcomes) => {
    const locks = new Map([a, b, c, d].map((name) => [name, new UnitLock()]));
    const units = orders.map((order) =>
      take(
        new UnitOfWork(),
        order.map((name) => locks.get(name) ?? new UnitLock()),
      ),
    );
    expect(await Promise.all(units)).toEqual(outcomes);
  });

  it('sees a circle by way of a place in a queue, when branches of a unit take locks side by side', async () => {
    const [x, y] = [new UnitLock(), new UnitLock()];
    const [holder, branched, behind] = [new UnitOfWork(), new UnitOfWork(), new UnitOfWork()];
    await x.run(holder, turn, refusal);
    await y.run(behind, turn, refusal);
    const first = x.run(branched, turn, refusal);
    const blocked = take(behind, [x]);
    const second = y.run(branched, turn, refusal);
    holder.discard();
    expect(await blocked).toBe('refused');
    await Promise.all([first, second]);
    branched.discard();
  });

  it('lets every unit get on that is tried again when it was refused', async () => {
    const random = randomOf(7);
    const locks = locksOf(4);
    let refused = 0;
    const work = async (): Promise<void> => {
      const order = locks.toSorted(() => random() - 0.5).slice(0, 2 + Math.floor(random() * 3));
      while ((await take(new UnitOfWork(), order)) === 'refused') refused++;
    };
    const units = 400;
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let i = 0; i < units / 10; i++) await work();
      }),
    );
    expect(refused).toBeLessThan(10 * units);
  });

  it('never refuses the oldest unit that is at work', async () => {
    const random = randomOf(11);
    const locks = locksOf(3);
    for (let round = 0; round < 50; round++) {
      const units = Array.from({ length: 6 }, () =>
        take(
          new UnitOfWork(),
          locks.toSorted(() => random() - 0.5),
        ),
      );
      expect((await Promise.all(units))[0]).toBe('done');
    }
  });

  it('gives the lock on when a unit that waits for it ends before its turn', async () => {
    const [lock] = locksOf(1) as [UnitLock];
    const [holder, impatient, last] = [new UnitOfWork(), new UnitOfWork(), new UnitOfWork()];
    await lock.run(holder, turn, refusal);
    const late = lock.run(impatient, turn, refusal);
    const next = take(last, [lock]);
    impatient.discard();
    holder.discard();
    await late;
    expect(await next).toBe('done');
  });
});
