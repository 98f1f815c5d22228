import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFolder, loadConfiguration } from '../../../../src/config/index.js';
import { FakeClock, settle } from '../../../support/fake-clock.js';
import { waitFor } from '../../../support/wait-for.js';

/** The time without further changes after which one counts, and the longest time between two looks at the files, in milliseconds. */
const QUIET = 250;
const POLL = 10_000;

let root: string;
let config: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'panotti-watch-'));
  config = join(root, 'config');
  await mkdir(config);
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** As the kubelet lays a ConfigMap out: every file is a link through `..data`, which is replaced as a whole. */
async function configMap(version: string, text: string): Promise<void> {
  const folder = join(config, `..${version}`);
  await mkdir(folder);
  await writeFile(join(folder, 'plugins.yaml'), text);
  await symlink(`..${version}`, join(config, '..data_tmp'));
  await rename(join(config, '..data_tmp'), join(config, '..data'));
}

class Watched implements Disposable {
  readonly clock = new FakeClock();
  changes = 0;
  #watch: Disposable | undefined;

  static async begun(): Promise<Watched> {
    const watched = new Watched();
    const folder = await ConfigurationFolder.open(
      await loadConfiguration({ configDirectory: config, dataDirectory: root }, {}),
    );
    watched.#watch = folder.watch(watched.clock, () => void watched.changes++);
    return watched;
  }

  /** Until the system has told of a change, and its quiet time is over. */
  async seen(): Promise<void> {
    await waitFor(() => this.clock.pendingTimers > 1);
    await waitFor(async () => {
      await this.clock.advance(QUIET);
      return this.clock.pendingTimers === 1;
    });
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }
}

describe('a watched configuration folder', () => {
  it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      'a file is written',
      () => writeFile(join(config, 'plugins.yaml'), 'a: {}\n'),
      () => writeFile(join(config, 'plugins.yaml'), 'b: {}\n'),
    ],
    ['a file comes', () => Promise.resolve(), () => writeFile(join(config, 'plugins.yaml'), 'a: {}\n')],
    ['a file goes', () => writeFile(join(config, 'plugins.yaml'), 'a: {}\n'), () => rm(join(config, 'plugins.yaml'))],
    [
      'the file of a plugin is written',
      () => mkdir(join(config, 'plugins')),
      () => writeFile(join(config, 'plugins/mail.yaml'), 'enabled: false\n'),
    ],
    [
      'a ConfigMap of Kubernetes is replaced',
      async () => {
        await configMap('one', 'a: {}\n');
        await symlink('..data/plugins.yaml', join(config, 'plugins.yaml'));
      },
      () => configMap('two', 'a: {}\n'),
    ],
  ])('tells once where %s', async (_title, before, change) => {
    await before();
    using watched = await Watched.begun();
    await change();
    await watched.seen();
    await waitFor(() => watched.changes > 0);
    await watched.clock.advance(3 * POLL);

    expect(watched.changes).toBe(1);
  });

  it('tells nothing where only what is no setting changes', async () => {
    using watched = await Watched.begun();
    await writeFile(join(config, 'notes.txt'), 'x');
    await watched.seen();
    await watched.clock.advance(POLL);
    await settle();

    expect(watched.changes).toBe(0);
  });

  it('looks now and then at files in other folders to which links lead', async () => {
    const target = join(root, 'elsewhere.yaml');
    await writeFile(target, 'a: {}\n');
    await symlink(target, join(config, 'plugins.yaml'));
    using watched = await Watched.begun();
    await writeFile(target, 'a: { enabled: false }\n');
    await settle();
    expect(watched.changes).toBe(0);

    await waitFor(async () => {
      await watched.clock.advance(POLL);
      return watched.changes === 1;
    });
    await watched.clock.advance(3 * POLL);
    expect(watched.changes).toBe(1);
  });

  it('leaves no timer behind', async () => {
    const watched = await Watched.begun();
    await writeFile(join(config, 'plugins.yaml'), 'a: {}\n');
    watched[Symbol.dispose]();
    await settle();

    expect(watched.clock.pendingTimers).toBe(0);
  });
});
