import { Acknowledgements } from '../../../../../src/events/durable/session/acknowledgements.js';
import { MemoryStore, StoreFullError, type Receipt } from '../../../../../src/storage/index.js';
import { FakeClock, settle } from '../../../../support/fake-clock.js';

class FullStore extends MemoryStore {
  isFull = true;
  tries = 0;

  override commit(...unit: Parameters<MemoryStore['commit']>): Promise<Receipt> {
    this.tries++;
    return this.isFull ? Promise.reject(new StoreFullError(new Error('no space'))) : super.commit(...unit);
  }
}

describe('acknowledgements on a full disk', () => {
  const acknowledge = { op: 'acknowledge', subscription: 's', position: 1 } as const;

  it('are tried again until there is space', async () => {
    const clock = new FakeClock();
    const store = new FullStore();
    const acknowledgements = new Acknowledgements(store, clock);
    const told: unknown[] = [];
    acknowledgements.add(acknowledge, { acknowledged: (error) => told.push(error) });
    await settle();
    await clock.advance(2_000);
    expect([store.tries, told]).toEqual([3, []]);

    store.isFull = false;
    await clock.advance(1_000);
    await settle();
    expect(told).toEqual([undefined]);
  });

  it('do not hold up a shutdown: they are tried once more, at once, and given up', async () => {
    const clock = new FakeClock();
    const store = new FullStore();
    const acknowledgements = new Acknowledgements(store, clock);
    const told: unknown[] = [];
    acknowledgements.add(acknowledge, { acknowledged: (error) => told.push(error) });
    await settle();
    acknowledgements.end();
    await acknowledgements.idle();

    expect([store.tries, told]).toMatchObject([2, [{ code: 'STORE_FULL' }]]);
    expect(clock.pendingTimers).toBe(0);
  });
});
