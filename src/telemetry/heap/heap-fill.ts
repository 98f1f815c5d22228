/** How full the part of the heap is that V8 aborts the process for: the old generation, where everything ends up that lives on. */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

/** The young generation is three semi-spaces. V8 counts its greatest size in `heap_size_limit`, and aborts without regard to it. */
const SEMI_SPACES = 3;
const DEFAULT_SEMI_SPACE_MIB = 64;
const BYTES_PER_MIB = 1_048_576;
/** Of small heaps that were set as a whole, V8 takes less for the young generation. */
const LEAST_OLD_SHARE = 0.5;

export interface HeapFill {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** Cheap enough for every heartbeat: V8 keeps the figures. What is used includes what could be collected. */
export function heapFill(): HeapFill {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_used_size ?? 0;
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { usedBytes: used - young, limitBytes: oldLimitBytes(limit, process.execArgv) };
}

/** @param nodeArgs of the process, which may set the size of a semi-space */
export function oldLimitBytes(heapLimitBytes: number, nodeArgs: readonly string[]): number {
  const given = nodeArgs.flatMap((arg) => /^--max[-_]semi[-_]space[-_]size=(\d+)$/.exec(arg)?.[1] ?? []).at(-1);
  const youngBytes = SEMI_SPACES * Number(given ?? DEFAULT_SEMI_SPACE_MIB) * BYTES_PER_MIB;
  const isSetAsWhole = nodeArgs.some((arg) => /^--max[-_]heap[-_]size=/.test(arg));
  return Math.max(heapLimitBytes - youngBytes, isSetAsWhole ? heapLimitBytes * LEAST_OLD_SHARE : 0);
}
