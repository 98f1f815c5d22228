/**
 * Durable events: the closed loop (publish, on the disk, handled, acknowledged on the disk, 300 bytes, fsync on), beside a loop written by
 * hand that does nothing else, and beside BullMQ on a Redis that writes as durably; one event in flight beside a bare commit; a full store;
 * the start with a backlog; and a backlog with keys. What is measured against a number and not a peer depends on the disk as much as on the
 * code: to be run on a machine that does nothing else.
 */
import { measureOnce, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';
import { hasRedis } from './redis-server.ts';

interface Loop {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly loopDelayP99Ms: number;
  readonly cpuUs: number;
}

interface Single {
  readonly commitMedianMs: number;
  readonly commitP99Ms: number;
  readonly eventMedianMs: number;
  readonly eventP99Ms: number;
}

interface Boot {
  readonly readyMs: number;
  readonly firstMs: number;
}

interface Keyed {
  readonly unkeyedPerSecond: number;
  readonly keyedPerSecond: number;
}

const ROUNDS = 3;
const PENDING = 100_000;
const KEYS = 50;

/** One result for each limit, from the medians of processes that run in turns. */
export async function run(): Promise<BenchResult[]> {
  const loops: Loop[][] = [[], [], []];
  const peers: Pick<Loop, 'perSecond' | 'p99Ms'>[] = [];
  const singles: Single[] = [];
  const boots: Boot[][] = [[], []];
  const keys: Keyed[] = [];
  const ceilings: Loop[][] = [[], []];
  const hasPeer = hasRedis && (await isInstalled('bullmq')) && (await isInstalled('ioredis'));
  for (let round = 0; round < ROUNDS; round++) {
    loops[0]?.push(await measure<Loop>('case.ts', 1, 100, 1_000));
    ceilings[0]?.push(await measure<Loop>('ceiling-case.ts', 1, 100));
    if (hasPeer) peers.push(await measure('bullmq-case.ts', 100));
    loops[1]?.push(await measure<Loop>('case.ts', 20, 100, 1_000));
    ceilings[1]?.push(await measure<Loop>('ceiling-case.ts', 20, 100));
    loops[2]?.push(await measure<Loop>('case.ts', 1, 100, 1_000_000));
    singles.push(await measure<Single>('single-case.ts'));
    boots[0]?.push(await measure<Boot>('boot-case.ts', 0));
    boots[1]?.push(await measure<Boot>('boot-case.ts', PENDING));
    keys.push(await measure<Keyed>('keyed-case.ts', PENDING, KEYS));
  }
  const [one, twenty, million] = loops.map(mediansOf);
  const [idle, waiting] = boots.map(mediansOf);
  const single = mediansOf(singles);
  const keyed = mediansOf(keys);
  const [ceiling, ceiling20] = ceilings.map(mediansOf);
  const results: BenchResult[] = [
    result('durable-loop', quotient(one, ceiling), { ceiling, panotti: one }),
    result('durable-loop-20', quotient(twenty, ceiling20), { ceiling: ceiling20, panotti: twenty }),
    result('durable-delay', one?.['loopDelayP99Ms'], one),
    result('durable-delay-20', twenty?.['loopDelayP99Ms'], twenty),
    result('durable-stored', quotient(one, million), million),
    result('durable-single', (single['eventP99Ms'] ?? NaN) / (single['commitP99Ms'] ?? NaN), single),
    result('durable-start', (waiting?.['readyMs'] ?? NaN) - (idle?.['readyMs'] ?? NaN), { idle, waiting }),
    result('durable-keyed', (keyed['keyedPerSecond'] ?? NaN) / (keyed['unkeyedPerSecond'] ?? NaN), keyed),
    result('durable-first', Math.max(0, waiting?.['firstMs'] ?? NaN), waiting),
  ];
  if (hasPeer) {
    const peer = mediansOf(peers);
    results.push(result('durable-bullmq', quotient(one, peer), { bullmq: peer, panotti: one }));
  } else console.error('BullMQ is left out: it needs redis-server on the PATH, and npm install --prefix bench.');
  return results;
}

function measure<T>(script: string, ...args: number[]): Promise<T> {
  return measureOnce<T>(new URL(script, import.meta.url), args.map(String));
}

async function isInstalled(name: string): Promise<boolean> {
  return import(name).then(
    () => true,
    () => false,
  );
}

function mediansOf(rounds: readonly object[]): Record<string, number> {
  // Every case prints numbers alone.
  const measured = rounds as readonly Record<string, number>[];
  return Object.fromEntries(
    Object.keys(measured[0] ?? {}).map((key) => [key, median(measured.map((round) => round[key] ?? NaN))]),
  );
}

/** Of what both do in a second. */
function quotient(one: Record<string, number> | undefined, other: Record<string, number> | undefined): number {
  return (one?.['perSecond'] ?? NaN) / (other?.['perSecond'] ?? NaN);
}

function result(id: string, value: number | undefined, details: object | undefined): BenchResult {
  return { id, value: value ?? NaN, details: { ...details, rounds: ROUNDS } };
}
