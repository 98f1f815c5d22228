import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import SlowestFirst, { SECONDS, type TestFile } from '../../support/slowest-first.sequencer.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
const sizes = new Map<string, number>();

/** A test file as Jest hands it to its sequencer; nothing is known of earlier runs. */
function fileOf(name: string, bytes = 1): TestFile {
  const path = `${ROOT}/${name}`;
  sizes.set(path, bytes);
  return { path, context: { config: { rootDir: ROOT, cache: false }, hasteFS: { getSize: (of) => sizes.get(of) } } };
}

function sorted(files: TestFile[]): string[] {
  return new SlowestFirst({ contexts: [], globalConfig: {} })
    .sort(files)
    .map(({ path }) => path.slice(ROOT.length + 1));
}

describe('the order of test files in a fresh clone', () => {
  it('begins with the slowest, and puts those of which nothing is known behind them, the largest first', () => {
    const listed = Object.keys(SECONDS);
    const files = [
      fileOf('test/a.spec.ts', 1),
      ...listed.toReversed().map((name) => fileOf(name)),
      fileOf('test/b.spec.ts', 2),
    ];

    const names = sorted(files);
    expect(names.slice(-2)).toEqual(['test/b.spec.ts', 'test/a.spec.ts']);
    const seconds = names.slice(0, -2).map((name) => SECONDS[name] ?? 0);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
    expect(seconds).toHaveLength(listed.length);
  });

  it('names only files that exist', () => {
    expect(Object.keys(SECONDS).filter((name) => !existsSync(`${ROOT}/${name}`))).toEqual([]);
  });
});
