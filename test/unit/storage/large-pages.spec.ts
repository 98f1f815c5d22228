import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../../src/storage/index.js';

describe('a page of the log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'panotti-pages-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is bounded by bytes as well, and the next one goes on where it ends', async () => {
    const store = await SqliteStore.open({ path: join(directory, 'store.db') });
    for (let at = 0; at < 60; at++)
      await store.commit([{ op: 'append', id: `e${at}`, name: 'n', time: at, body: 'x'.repeat(200_000) }]);
    const sizes: number[] = [];
    const ids: string[] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await store.readLog({ after });
      sizes.push(page.entries.length);
      ids.push(...page.entries.map(({ id }) => id));
      after = page.next;
    }

    expect(sizes).toEqual([21, 21, 18]);
    expect(ids).toEqual(Array.from({ length: 60 }, (_, at) => `e${at}`));
    await store.close();
  });
});
