import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

/** So small that a few dozen requests fill it, and three times what the server needs. */
const HEAP_MIB = 160;
const STEP_BYTES = 4_000_000;

const PLUGIN = `
import { Controller, Get, Param } from '@nestjs/common';
import { Plugin } from 'panotti';

const kept = [];

function someObjects() {
  const objects = [];
  for (let size = 0; size < ${STEP_BYTES}; size += 80_000) objects.push(new Array(10_000).fill(size + 0.5));
  return objects;
}

class Hoard {
  grow() {
    kept.push(someObjects());
    return { kept: kept.length };
  }
  waste() {
    return { wasted: someObjects().length };
  }
}
for (const name of ['grow', 'waste']) Get(name)(Hoard.prototype, name, Object.getOwnPropertyDescriptor(Hoard.prototype, name));
Controller()(Hoard);
export class HoarderPlugin {}
Plugin({ name: 'hoarder', version: '1.0.0', controllers: [Hoard] })(HoarderPlugin);
`;

const hoarding = (): Promise<ServerProcess> =>
  ServerProcess.started({
    panotti: 'plugins: { directories: [../plugins] }\n',
    pluginFiles: { 'hoarder.mjs': PLUGIN },
    nodeArgs: [`--max-old-space-size=${HEAP_MIB}`],
  });

const warningsOf = (server: ServerProcess): string[] =>
  server.log().flatMap(({ msg }) => (msg.startsWith('The heap is ') ? [msg] : []));

async function fillOf(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^panotti_heap_used_ratio (\S+)$/m.exec(metrics)?.[1]);
}

describe('F-20 the heap of the server fills', () => {
  it('F-20 is warned of, and shown by the gauge, before the heap is full, with the plugin that grows and its function', async () => {
    await using server = await hoarding();
    const url = server.url;
    const before = await fillOf(url);
    expect(before).toBeLessThan(0.6);

    let fill = before;
    // The heartbeat that samples and warns comes between two requests at the latest when the loop waits for it.
    while (fill < 0.7) fill = await grown(server, url);
    while (warningsOf(server).length === 0 && fill < 0.93) {
      fill = await grown(server, url);
      if (fill >= 0.85) await waitFor(() => warningsOf(server).length > 0);
    }

    expect(warningsOf(server)[0]).toMatch(
      /^The heap is (8[5-9]|9\d) % full: \d+ MB of \d+ MB\. .*plugin "hoarder": function someObjects \(.*hoarder\.mjs:\d+\)/,
    );
    expect(await fillOf(url)).toBeGreaterThan(0.75);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('F-20 says nothing of a server that allocates several times its heap, and lets go of it', async () => {
    await using server = await hoarding();
    const url = server.url;
    for (let wasted = 0; wasted < 4 * HEAP_MIB * 1_048_576; wasted += STEP_BYTES)
      await (await fetch(`${url}/api/hoarder/waste`)).text();

    expect(warningsOf(server)).toEqual([]);
  });
});

async function grown(server: ServerProcess, url: string): Promise<number> {
  const answer = await fetch(`${url}/api/hoarder/grow`);
  if (!answer.ok) throw new Error(`The server does not answer: ${await answer.text()} ${server.stderr}`);
  await answer.text();
  return fillOf(url);
}
