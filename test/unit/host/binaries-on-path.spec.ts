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

    const names = ['tool', 'other', 'linked', 'no-right', 'folder', 'absent'];

    expect(names.filter(binariesOnPath({ PATH: path }))).toEqual(['tool', 'other', 'linked']);
  });

  it('are found by an absolute path as well, and by a relative one never', () => {
    const names = [join(folder, 'tool'), join(folder, 'no-right'), './tool', 'second/other'];

    expect(names.filter(binariesOnPath({ PATH: folder }))).toEqual([join(folder, 'tool')]);
  });

  it('are looked for again when they were not there', async () => {
    const isThere = binariesOnPath({ PATH: folder });
    expect(isThere('no-right')).toBe(false);
    await chmod(join(folder, 'no-right'), 0o755);

    expect(isThere('no-right')).toBe(true);
  });

  it('are none without a PATH, and the working directory is not searched', () => {
    expect(['package.json', 'node'].filter(binariesOnPath({}))).toEqual([]);
    expect(['tool'].filter(binariesOnPath({ PATH: ':' }))).toEqual([]);
  });
});
