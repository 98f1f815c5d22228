import { Logger } from '@nestjs/common';
import { MemoryEngine } from '../../../../src/storage/memory/memory-engine.js';
import { EmbeddedStore } from '../../../../src/storage/embedded/embedded-store.js';
import { StoreStatus } from '../../../../src/storage/index.js';
import { SpaceProbe } from '../../../../src/storage/upkeep/space-probe.js';
import type { WriteFailure } from '../../../../src/storage/embedded/embedded-engine.port.js';
import { FakeClock, settle } from '../../../support/fake-clock.js';

class FullDisk extends MemoryEngine {
  isFull = false;
  override commit(): void {
    if (this.isFull) throw new Error('no space');
    super.commit();
  }
  override failureOf(): WriteFailure {
    return 'full';
  }
}

describe('a full disk', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));

  it('is found to have space again although nobody stores anything, and nothing is left behind', async () => {
    const clock = new FakeClock();
    const disk = new FullDisk();
    const status = new StoreStatus();
    const store = new EmbeddedStore(disk, { clock, observer: status });
    const probe = new SpaceProbe(store, clock, status);
    probe.start();
    disk.isFull = true;
    await expect(store.commit([{ op: 'append', id: 'a', name: 'n', time: 1, body: '' }])).rejects.toMatchObject({
      code: 'STORE_FULL',
    });
    for (let second = 0; second < 3; second++) {
      await clock.advance(1_000);
      await settle();
    }
    expect(status.state).toBe('full');

    disk.isFull = false;
    await clock.advance(1_000);
    await settle();
    expect(status.state).toBe('ready');
    await probe.stop();
    expect([clock.pendingTimers, await store.totals('panotti-space')]).toEqual([0, []]);
    await store.close();
  });
});
