import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeTime, HAS_FAKE_TIME } from '../support/fake-time.js';
import { itWhere } from '../support/it-where.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

/** To what the wall clock is set while something waits, and then to what. */
const SWINGS: readonly (readonly [string, string])[] = [
  ['-1h', '+0'],
  ['+1h', '+0'],
  ['@1970-01-01 00:00:00', '@2100-01-01 00:00:00'],
  ['-1y', '+0'],
];

const DELAY_MS = 4_000;

class Journal {
  constructor(private readonly path: string) {}

  /** By event: when what happened to it, in milliseconds since the boot. */
  async of(round: string): Promise<Record<string, number>> {
    const lines = (await readFile(this.path, 'utf8')).split('\n').slice(0, -1);
    const found = lines.map((line) => line.split(' ')).filter(([, id]) => id?.endsWith(round));
    return Object.fromEntries(found.map(([what, id, time]) => [`${what} ${id?.split('-')[0]}`, Number(time)]));
  }

  async done(round: string): Promise<Record<string, number>> {
    return waitFor(async () => {
      const times = await this.of(round);
      return ['fails', 'behind', 'delayed'].every((id) => `handled ${id}` in times) ? times : undefined;
    });
  }
}

async function publish(server: ServerProcess): Promise<string> {
  // A server that listens may still be starting its plugin.
  const answer = await waitFor(async () => {
    const response = await fetch(`${server.url}/api/durable-times`, { method: 'POST' });
    return response.ok ? response : undefined;
  });
  return ((await answer.json()) as { round: string }).round;
}

/** Not early, in the order of the key, and before what was published later, after the clock was set, with the same delay. */
function expectInTime(times: Record<string, number>, later: Record<string, number>): void {
  const [published = Number.NaN, delayed = Number.NaN] = [times['published delayed'], times['handled delayed']];
  expect(delayed - published).toBeGreaterThanOrEqual(DELAY_MS);
  expect(delayed).toBeLessThanOrEqual(later['handled delayed'] ?? Number.NaN);
  expect(times['handled behind']).toBeGreaterThanOrEqual(times['handled fails'] ?? Number.NaN);
}

function jumps(server: ServerProcess): string[] {
  return server.log().flatMap(({ msg }) => (msg.startsWith('The wall clock was set') ? [msg] : []));
}

async function passed(ms: number): Promise<void> {
  const begunAt = performance.now();
  await waitFor(() => performance.now() - begunAt >= ms);
}

describe('the durable events of a server under a wall clock that jumps', () => {
  itWhere(HAS_FAKE_TIME)(
    'F-15 are retried and delayed by monotonic time, also over a kill and a start at another time, where faketime is installed',
    async () => {
      await using time = await FakeTime.create();
      const journalPath = join(time.directory, 'journal');
      const env = { ...time.env, TIMES_JOURNAL: journalPath };
      const setup = { panotti: 'plugins:\n  directories: [../plugins]\n', pluginFolders: ['durable-times'] };
      await using server = await ServerProcess.spawn({ ...setup, env });
      const journal = new Journal(journalPath);
      await waitFor(() => server.log().some(({ msg }) => msg.startsWith('Listening on ')));

      for (const [first, second] of SWINGS) {
        const round = await publish(server);
        await time.set(first);
        await passed(2_500);
        await time.set(second);
        const later = await journal.done(await publish(server));
        expectInTime(await journal.done(round), later);
      }
      // Each time is reported once: two for each swing, and one back from 2100.
      expect(jumps(server).length).toBeGreaterThanOrEqual(SWINGS.length * 2);
      expect(jumps(server).length).toBeLessThanOrEqual(SWINGS.length * 2 + 1);
      expect(jumps(server).slice(0, 2)).toEqual([
        expect.stringContaining('set back by 1 h'),
        expect.stringMatching(/set forward by (1 h|59 min)/),
      ]);

      let last = server;
      for (const start of ['-1y', '+1d']) {
        const round = await publish(last);
        last.signal('SIGKILL');
        await last.exitCode();
        await time.set(start);
        last = await last.startedAgain({ env });
        await waitFor(() => last.log().some(({ msg }) => msg.startsWith('Listening on ')));
        const later = await journal.done(await publish(last));
        expectInTime(await journal.done(round), later);
        expect(last.log().map(({ msg }) => msg)).toContainEqual(
          expect.stringMatching(/^While the server did not run, the wall clock was set (back|forward) by /),
        );
      }
    },
    900_000,
  );
});
