import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binariesOnPath } from '../../../src/host/discovery/binaries-on-path.js';

describe('the programs on the PATH', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panotti-path-'));
    await Promise.all(['second', 'second/folder'].map((name) => mkdir(join(folder, name), { recursive: true })));
    for (const name of ['tool', 'no-right', 'second/other']) await writeFile(join(folder, name), '');
    await Promise.all([chmod(join(folder, 'tool'), 0o755), chmod(join(folder, 'second/other'), 0o755)]);
    await symlink(join(folder, 'tool'), join(folder, 'second/linked'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are regular files that may be run, in any of its folders, linked or not', async () => {
    const path = `/nowhere::${folder}:${folder}/second`;

    const found = await binariesOnPath(['tool', 'other', 'linked', 'no-right', 'folder', 'absent'], { PATH: path });

    expect([...found]).toEqual(['tool', 'other', 'linked']);
  });

  it('are none without a PATH, and the working directory is not searched', async () => {
    expect(await binariesOnPath(['package.json', 'node'], {})).toEqual(new Set());
    expect(await binariesOnPath(['tool'], { PATH: ':' })).toEqual(new Set());
  });
});
