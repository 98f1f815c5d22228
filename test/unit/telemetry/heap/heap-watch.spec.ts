import { AllocationSampling, growthOf } from '../../../../src/telemetry/heap/allocation-sampling.js';
import { heapFill, oldLimitBytes } from '../../../../src/telemetry/heap/heap-fill.js';
import { warning } from '../../../../src/telemetry/heap/heap-watch.js';
import { PluginFiles } from '../../../../src/telemetry/context/plugin-files.js';

const MIB = 1_048_576;
const FILES = new PluginFiles([
  { plugin: 'hoard', file: '/plugins/hoard/index.js' },
  { plugin: 'shop', file: '/plugins/shop/index.js' },
]);

type Node = Parameters<typeof growthOf>[0];

function node(url: string, functionName: string, selfSize: number, children: Node[] = []): Node {
  return { callFrame: { functionName, scriptId: '0', url, lineNumber: 6, columnNumber: 0 }, selfSize, children };
}

describe('the fill of the heap', () => {
  it.each<[heap: number, args: string[], limit: number]>([
    [4_288, [], 4_096],
    [1_048, ['--max-semi-space-size=16'], 1_000],
    [312, ['--enable-source-maps', '--max-old-space-size=120'], 120],
    [300, ['--max-heap-size=300'], 150],
  ])('has the limit at which V8 aborts: of a heap of %d MiB with %j it is %d MiB', (heap, args, limit) => {
    expect(oldLimitBytes(heap * MIB, args)).toBe(limit * MIB);
  });

  it('is read from V8', () => {
    const { usedBytes, limitBytes } = heapFill();

    expect([usedBytes > 0, usedBytes < limitBytes]).toEqual([true, true]);
  });
});

describe('what has grown', () => {
  it('counts for the plugin above what a library has allocated, with the function that holds most, the largest first', () => {
    const library = node('file:///node_modules/lru/index.js', 'set', 500);
    const head = node('', '(root)', 0, [
      node('file:///plugins/hoard/index.js', 'keep', 300, [library]),
      node('file:///plugins/hoard/index.js', 'note', 100),
      node('/plugins/shop/index.js', 'sell', 200),
      node('node:internal/timers', 'listOnTimeout', 50),
    ]);

    expect(growthOf(head, FILES)).toEqual([
      { name: 'plugin "hoard": function keep (/plugins/hoard/index.js:7)', bytes: 900 },
      { name: 'plugin "shop": function sell (/plugins/shop/index.js:7)', bytes: 200 },
      { name: 'code outside of any plugin', bytes: 50 },
    ]);
  });

  it('is sampled by V8 while it is asked for, and not afterwards', () => {
    const sampling = new AllocationSampling(FILES);
    expect(sampling.growth()).toEqual([]);
    sampling.start();
    const held = Array.from({ length: 200_000 }, (_, index) => ({ index, more: [index] }));
    const [largest] = sampling.growth();
    sampling.stop();

    expect([held.length, largest === undefined ? 0 : largest.bytes > MIB, sampling.isRunning]).toEqual([
      200_000,
      true,
      false,
    ]);
    expect(sampling.growth()).toEqual([]);
  });

  it('stands in one line with the fill, the exit code of an abort and what to do', () => {
    const growth = [{ name: 'plugin "hoard": function keep (/h.js:7)', bytes: 40_000_000 }];

    expect(warning({ usedBytes: 86_400_000, limitBytes: 100_000_000 }, growth)).toBe(
      'The heap is 86 % full: 86 MB of 100 MB. Most of what was allocated lately, and is still held: plugin "hoard": function keep (/h.js:7) 40 MB. ' +
        'When it is full, the process is aborted (exit code 134). Disable the plugin that grows, or raise --max-old-space-size.',
    );
    expect(warning({ usedBytes: 86_400_000, limitBytes: 100_000_000 }, [])).toContain('What has grown is not known.');
  });
});
