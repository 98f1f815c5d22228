import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const panotti = 'plugins:\n  directories: [../plugins]\n';
const SUBSCRIPTIONS = ['bill', 'ship', 'count'] as const;
const KILLS = process.env['PANOTTI_TEST_FULL'] ? 1_000 : 6;

/** What happened, as it was noted outside of the server, before the next step could begin. */
class Journal {
  private constructor(readonly path: string) {}

  static async begun(): Promise<Journal> {
    return new Journal(join(await mkdtemp(join(tmpdir(), 'panotti-orders-')), 'journal'));
  }

  /** How often each id was noted with this word. */
  counts(word: string): Map<string, number> {
    const counts = new Map<string, number>();
    if (!existsSync(this.path)) return counts;
    for (const line of readFileSync(this.path, 'utf8').split('\n')) {
      const [first, id] = line.split(' ');
      if (first === word && id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  /** Accepted events that a subscription has not handled. */
  missing(): string[] {
    const acked = [...this.counts('acked').keys()];
    return SUBSCRIPTIONS.flatMap((subscription) => {
      const handled = this.counts(subscription);
      return acked.filter((id) => !handled.has(id)).map((id) => `${subscription} ${id}`);
    });
  }
}

describe('F-03 the process is killed while it publishes and handles durable events', () => {
  it(
    'F-03 loses no event that was accepted, delivers none that was not published, and each at most once more for each kill',
    async () => {
      const journal = await Journal.begun();
      const env = { ORDERS_JOURNAL: journal.path };
      await using first = await ServerProcess.started({ panotti, pluginFolders: ['durable-orders'], env });
      let server = first;
      for (let kill = 0; kill < KILLS; kill++) {
        const before = journal.counts('acked').size;
        const more = 1 + Math.floor(Math.random() * 300);
        await waitFor(() => journal.counts('acked').size >= before + more);
        server.signal('SIGKILL');
        await server.exitCode();
        server = await server.startedAgain({ env: kill === KILLS - 1 ? { ...env, ORDERS_PUBLISH: 'no' } : env });
      }
      try {
        await waitFor(() => journal.missing().length === 0).catch(() => undefined);
        expect(journal.missing()).toEqual([]);
        const tried = journal.counts('tried');
        for (const subscription of SUBSCRIPTIONS) {
          const handled = [...journal.counts(subscription)];
          expect(handled.filter(([id]) => !tried.has(id))).toEqual([]);
          expect(handled.filter(([, times]) => times > 1 + KILLS)).toEqual([]);
        }
      } finally {
        server.signal('SIGTERM');
        expect(await server.exitCode()).toBe(0);
      }
    },
    KILLS * 30_000 + 60_000,
  );
});
