/** Samples what is allocated and not collected yet, by V8's own profiler, and sums it up by plugin and by function. */
import { type HeapProfiler, Session } from 'node:inspector';
import type { PluginFiles } from '../context/plugin-files.js';

/** One sample in so many bytes on average: a few hundred samples for what fills a heap, at no cost that could be measured. */
const INTERVAL_BYTES = 128 * 1_024;
const MAX_NAMED = 3;

export interface Growth {
  /** `plugin "x": function f (file:line)`, or a function alone. */
  readonly name: string;
  readonly bytes: number;
}

type Node = HeapProfiler.SamplingHeapProfileNode;

interface Share {
  bytes: number;
  readonly places: Map<string, number>;
}

export class AllocationSampling {
  #session: Session | undefined;

  constructor(private readonly pluginFiles: PluginFiles) {}

  get isRunning(): boolean {
    return this.#session !== undefined;
  }

  start(): void {
    if (this.#session) return;
    this.#session = new Session();
    this.#session.connect();
    this.#session.post('HeapProfiler.startSampling', { samplingInterval: INTERVAL_BYTES });
  }

  stop(): void {
    this.#session?.post('HeapProfiler.stopSampling');
    this.#session?.disconnect();
    this.#session = undefined;
  }

  growth(): Growth[] {
    let growth: Growth[] = [];
    // A session to the own thread answers before `post` returns.
    this.#session?.post('HeapProfiler.getSamplingProfile', (error, result) => {
      if (!error) growth = growthOf(result.profile.head, this.pluginFiles);
    });
    return growth;
  }
}

/** The largest shares: of plugins as a whole, each with the function that holds most of it, and of what belongs to none. */
export function growthOf(head: Node, pluginFiles: PluginFiles): Growth[] {
  const shares = new Map<string, Share>();
  collect(head, { owner: undefined, place: undefined }, { shares, pluginFiles });
  const sorted = [...shares].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, MAX_NAMED);
  return sorted.map(([owner, { bytes, places }]) => {
    const [place] = [...places].sort(([, a], [, b]) => b - a)[0] ?? [''];
    return { name: place === '' ? owner : `${owner}: ${place}`, bytes };
  });
}

interface Inherited {
  readonly owner: string | undefined;
  readonly place: string | undefined;
}

/** What library code allocates counts for the nearest code of a plugin above it. */
function collect(
  node: Node,
  inherited: Inherited,
  sums: { readonly shares: Map<string, Share>; readonly pluginFiles: PluginFiles },
): void {
  const { url } = node.callFrame;
  const plugin = url.startsWith('file:') || url.startsWith('/') ? sums.pluginFiles.pluginOf(url) : undefined;
  const own = { owner: plugin === undefined ? inherited.owner : `plugin "${plugin}"`, place: placeOf(node) };
  const here = plugin === undefined && inherited.owner !== undefined ? inherited : own;
  if (node.selfSize > 0) add(sums.shares, here, node.selfSize);
  for (const child of node.children) collect(child, here, sums);
}

function add(
  shares: Map<string, Share>,
  { owner = 'code outside of any plugin', place = '' }: Inherited,
  bytes: number,
): void {
  let share = shares.get(owner);
  if (!share) shares.set(owner, (share = { bytes: 0, places: new Map<string, number>() }));
  share.bytes += bytes;
  share.places.set(place, (share.places.get(place) ?? 0) + bytes);
}

function placeOf({ callFrame: { functionName, url, lineNumber } }: Node): string | undefined {
  if (!url.startsWith('file:') && !url.startsWith('/')) return undefined;
  // Lines count from 0 there.
  return `function ${functionName || '(anonymous)'} (${url.replace(/^file:\/\//, '')}:${lineNumber + 1})`;
}
