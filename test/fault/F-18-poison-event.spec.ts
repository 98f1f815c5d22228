import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '../support/server-process.js';

const panotti = 'plugins:\n  directories: [../plugins]\n';

describe('F-18 an event that ends the process', () => {
  it('F-18 is parked after three boots, and the server lives', async () => {
    const ORDERS_JOURNAL = join(await mkdtemp(join(tmpdir(), 'panotti-poison-')), 'journal');
    const env = { ORDERS_JOURNAL, ORDERS_POISON: 'yes' };
    await using first = await ServerProcess.spawn({ panotti, pluginFolders: ['durable-orders'], env });
    const codes = [await first.exitCode()];
    let last: ServerProcess | undefined;
    while (codes.at(-1) === 137 && codes.length < 8) {
      last = first.spawnedAgain({ env: { ...env, ORDERS_PUBLISH: 'no' } });
      const parked = waitForParked(last);
      codes.push(await Promise.race([last.exitCode(), parked]));
    }
    last?.signal('SIGTERM');

    expect(codes).toEqual([137, 137, 137, 137, 0]);
    expect(await last?.exitCode()).toBe(0);
    expect(last?.log().some(({ msg }) => msg.includes('durable-orders.count') && msg.includes('dead letter'))).toBe(true);
  }, 120_000);
});

async function waitForParked(server: ServerProcess): Promise<number> {
  await server.logged((msg) => msg.includes('dead letter'));
  return 0;
}
