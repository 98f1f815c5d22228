/** The list in `docs/guide/nest-differences.md` and the rows that differ name the same entries. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listedDifferences, NEST_DIFFERENCES } from '../../support/nest-words.js';

const TABLES = import.meta.dirname;
/** How a row says that a plugin differs: the type `Difference`, as prettier writes it. */
const DIFFERENCE = /\bid: '([a-z-]+)',\s+inPlugin:/g;

/** The ids in the tables, and how many rows have one. */
async function idsOfRows(): Promise<{ ids: string[]; mentions: number }> {
  const files = (await readdir(TABLES, { recursive: true })).filter(
    (file) => file.endsWith('.spec.ts') && !file.includes('differences'),
  );
  const texts = await Promise.all(files.map((file) => readFile(join(TABLES, file), 'utf8')));
  return {
    ids: texts.flatMap((text) => [...text.matchAll(DIFFERENCE)].map(([, id]) => id!)),
    mentions: texts.join('\n').split('inPlugin:').length - 1,
  };
}

describe('the list of differences from Nest', () => {
  it('lists exactly the differences that rows of the tables have', async () => {
    const { ids } = await idsOfRows();

    expect([...new Set(ids)].toSorted()).toEqual(listedDifferences().toSorted());
  });

  it('compares each row that differs with its entry in the list', async () => {
    const { ids, mentions } = await idsOfRows();

    expect(ids).toHaveLength(mentions);
  });

  it('lists at most ten differences, each once, with what Nest does, what a plugin does and why', async () => {
    const listed = listedDifferences();
    const rows = (await readFile(NEST_DIFFERENCES, 'utf8')).split('\n').filter((line) => line.startsWith('| `'));

    expect(listed.length).toBeLessThanOrEqual(10);
    expect(new Set(listed).size).toBe(listed.length);
    expect(rows).toHaveLength(listed.length);
    for (const row of rows)
      expect(row.split(' | ').map((cell) => cell.replaceAll('|', '').trim())).toEqual(
        Array(4).fill(expect.stringMatching(/\S/)),
      );
  });
});
