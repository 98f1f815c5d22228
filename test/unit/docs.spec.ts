import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '../../src/common/index.js';

const ROOT = join(import.meta.dirname, '../..');

describe('the guide for operators', () => {
  it('lists every exit code of the server', async () => {
    const guide = await readFile(join(ROOT, 'docs/guide/operate.md'), 'utf8');
    const table = guide.slice(
      guide.indexOf('| exit code |'),
      guide.indexOf('These are the codes of the server itself'),
    );
    const codes = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));

    expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT)));
  });
});
