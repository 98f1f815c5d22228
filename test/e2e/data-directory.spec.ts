import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DataDirectoryNotWritableError } from '../../src/config/index.js';
import { SqliteStore } from '../../src/storage/index.js';
import { itWhere } from '../support/it-where.js';
import { plainText } from '../support/server-process.js';

const ROOT = join(import.meta.dirname, '../..');
const SERVER = [process.execPath, join(ROOT, 'dist/main.js')];
const CLI = [process.execPath, join(ROOT, 'dist/cli/panotti.js')];
const isRoot = process.getuid?.() === 0;
/** Permissions do not bind root. */
const USER = isRoot ? { uid: 23_456, gid: 23_456 } : {};
const UID = isRoot ? 23_456 : process.getuid?.();

interface Run {
  readonly code: number | null;
  readonly said: string;
}

describe('a data directory', () => {
  let base: string;
  let data: string;
  let store: string;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'panotti-data-'));
    data = join(base, 'data');
    store = join(data, 'panotti/store.db');
    await chmod(base, 0o755);
    await mkdir(join(base, 'config'));
    await writeFile(join(base, 'config/panotti.yaml'), 'http:\n  port: 0\n');
    await writeFile(join(base, 'config/plugins.yaml'), '');
  });

  afterEach(async () => {
    await Promise.all(
      [chmod(data, 0o755), chmod(join(data, 'panotti'), 0o755)].map((change) => change.catch(() => undefined)),
    );
    await rm(base, { recursive: true });
  });

  async function run([program = '', ...args]: readonly string[], user: object = USER): Promise<Run> {
    const env = { PATH: process.env['PATH'], PANOTTI_CONFIG_DIR: join(base, 'config'), PANOTTI_DATA_DIR: data };
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], ...user });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: child.exitCode, said: out + plainText(err) };
  }

  async function makeStore(): Promise<void> {
    const opened = await SqliteStore.open({ path: store });
    await opened.commit([{ op: 'append', id: 'a', name: 'n', time: 1, body: '{}' }]);
    await opened.close();
    for (const made of [data, join(data, 'panotti')]) await chmod(made, 0o755);
    for (const file of await readdir(join(data, 'panotti'))) await chmod(join(data, 'panotti', file), 0o444);
  }

  const folder = async (mode: number): Promise<void> => {
    await mkdir(data);
    await chmod(data, mode);
  };

  const PROGRAMS = { server: SERVER, list: [...CLI, 'events', 'list'], repair: [...CLI, 'store', 'repair'] };

  it.each<[string, keyof typeof PROGRAMS, () => Promise<unknown>, () => string]>([
    ['that is empty', 'server', () => folder(0o555), () => data],
    ['that cannot be entered', 'server', () => folder(0o000), () => data],
    ['that cannot be made', 'server', () => chmod(base, 0o555), () => base],
    ['that cannot be made', 'repair', () => chmod(base, 0o555), () => base],
    ['with a store that can be read', 'server', makeStore, () => join(data, 'panotti')],
    ['with a store that can be read', 'list', makeStore, () => join(data, 'panotti')],
    ['with a store that can be read', 'repair', makeStore, () => join(data, 'panotti')],
  ])(
    '%s is refused to a user who may not write it, with path, user and fix: %s',
    async (_title, program, prepare, path) => {
      await prepare();
      if (!isRoot) await chmod(path(), 0o555);
      const { code, said } = await run(PROGRAMS[program]);

      expect(said).toContain(`DATA_DIRECTORY_NOT_WRITABLE`);
      expect(said).toMatch(
        new RegExp(
          `is not writable: ${path()} refuses the user [^\\n]*\\(uid ${UID}\\)[^\\n]*\\(EACCES\\)\\.\\n  Fix: [^\\n]*chown`,
        ),
      );
      expect(said).not.toMatch(/repair|STORE_|\n +at /);
      expect(code).toBe(74);
      await chmod(base, 0o755);
    },
  );

  itWhere(isRoot)(
    'on a disk that is mounted read-only is said to be so, and the store is not called damaged (root)',
    async () => {
      await makeStore();
      const before = await readFile(store);
      const mounted = `mount --bind "${data}" "${data}" && mount -o remount,ro,bind "${data}" && exec "$@"`;
      for (const program of Object.values(PROGRAMS)) {
        const { code, said } = await run(['unshare', '-m', 'sh', '-c', mounted, 'sh', ...program], {});

        expect(said).toMatch(
          /DATA_DIRECTORY_NOT_WRITABLE.*refuses the user .*\(uid 0\): it is on a disk that is mounted read-only \(EROFS\)\.\n {2}Fix: Mount/,
        );
        expect(said).not.toMatch(/repair|STORE_|\n +at /);
        expect(code).toBe(74);
      }
      expect(await readFile(store)).toEqual(before);
    },
  );

  it.each([
    ['that is a file', '.'],
    ['below a file', 'deeper'],
  ])('%s is refused with what to do', async (_title, below) => {
    await writeFile(data, '');
    const { code, said } = await run(['env', `PANOTTI_DATA_DIR=${join(data, below)}`, ...SERVER], {});

    expect(said).toMatch(
      new RegExp(
        `^DATA_DIRECTORY_UNUSABLE: .* cannot be made: ${data} is a file\\.\\n {2}Fix: Move that file away, `,
        'm',
      ),
    );
    expect(code).toBe(74);
  });

  itWhere(isRoot).each([
    [
      'there is no folder yet on a disk that is mounted read-only',
      'size=64k',
      'mount -o remount,ro "$D"',
      /^DATA_DIRECTORY_NOT_WRITABLE: .* mounted read-only \(EROFS\)\.\n {2}Fix: Mount its disk/m,
    ],
    [
      'the disk is full',
      'size=64k',
      'head -c 100000 /dev/zero > "$D/filler" 2>/dev/null',
      /^STORE_FULL: .* disk is full\. The server does not start without it\.\n {2}Fix: Free space on the disk/m,
    ],
    [
      'the disk takes no more files',
      'size=64k,nr_inodes=1',
      'true',
      /^DATA_DIRECTORY_UNUSABLE: .* disk is full \(ENOSPC\)\. .*\n {2}Fix: Free space, or inodes, on the disk/m,
    ],
  ])('is refused with the cause and what to do where %s (root)', async (_title, options, prepare, expected) => {
    await mkdir(data);
    const mounted = `D="${data}"; mount -t tmpfs -o ${options} tmpfs "$D" || exit 1; ${prepare}; exec "$@"`;
    const server = ['env', `PANOTTI_DATA_DIR=${join(data, 'new')}`, ...SERVER];
    const { code, said } = await run(['unshare', '-m', 'sh', '-c', mounted, 'sh', ...server], {});

    expect(said).toMatch(expected);
    expect(said).not.toMatch(/goes on by itself|parent writable|\n +at /);
    expect(code).toBe(74);
  });

  it.each(['EACCES', 'EPERM', 'EROFS'])('is named, with the user and a fix, where the system says %s', (code) => {
    const error = DataDirectoryNotWritableError.from(join(base, 'a/b'), Object.assign(new Error('no'), { code }));

    expect(error).toMatchObject({
      code: 'DATA_DIRECTORY_NOT_WRITABLE',
      fix: expect.stringContaining('PANOTTI_DATA_DIR'),
    });
    expect(error?.message).toContain(` ${base} refuses the user `);
  });

  it.each(['ENOSPC', 'EIO', 'EMFILE', undefined])('is not called so where the system says %s', (code) => {
    expect(DataDirectoryNotWritableError.from(base, Object.assign(new Error('no'), { code }))).toBeUndefined();
  });
});
