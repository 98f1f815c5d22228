import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '../../src/common/index.js';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = await readFile(join(ROOT, 'docs/guide/operate.md'), 'utf8');

describe('the guide for operators', () => {
  it('lists every exit code of the server', () => {
    const table = GUIDE.slice(
      GUIDE.indexOf('| exit code |'),
      GUIDE.indexOf('These are the codes of the server itself'),
    );
    const codes = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));

    expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT)));
  });

  it('has a test for each row about what a plugin does to the process, and a row for each such test', async () => {
    const section = /^## A plugin that treats the process as its own$(.*?)^## /ms.exec(GUIDE)?.[1] ?? '';
    // Groups have a title in bold, and no test of their own.
    const rows = section
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| **') && !line.startsWith('| what '));
    const named = rows.map((row) => /\| `([a-z-]+)` \|$/.exec(row)?.[1] ?? `no test: ${row}`);

    expect(named.length).toBeGreaterThan(20);
    expect(named.toSorted()).toEqual([...(await rowsOfTests())].toSorted());
  });
});

/** What titles of the fault tests name as `[row: …]`; where a title takes it from a table, the first column of that table. */
async function rowsOfTests(): Promise<Set<string>> {
  const folder = join(ROOT, 'test/fault');
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
  const titled = texts
    .flatMap(titlesIn)
    .flatMap((title) => Array.from(title.matchAll(/\[row: ([a-z-]+)\]/g), ([, row = '']) => row));
  const listed = texts
    .flatMap(tablesIn)
    .flatMap((table) => Array.from(table.matchAll(/^ +\['([a-z-]+)', /gm), ([, row = '']) => row));
  return new Set([...titled, ...listed]);
}

/** The strings after `it(`, `it.each(…)(` and `itWhere(…)(`, up to the function of the test. */
function titlesIn(text: string): string[] {
  return [...text.matchAll(/^ *(?:it\(|it\.each.*?\)\(|\]\)\()(.*?)(?:async )?\(/gms)].map(([, title = '']) => title);
}

/** Tables of tests whose title ends with `[row: %s]: …`. */
function tablesIn(text: string): string[] {
  return text.split(/^ *it\.each/m).filter((part) => /^\(\[\n(?: +\[.*\],\n)+ +\]\)\('[^']*\[row: %s\]/.test(part));
}
