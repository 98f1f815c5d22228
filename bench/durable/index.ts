/**
 * Durable events: the closed loop (publish, on the disk, handled, acknowledged on the disk, 300 bytes, fsync on), alone and beside BullMQ on a
 * Redis that writes as durably; one event in flight beside a bare commit; a full store; and the start with a backlog. What is measured
 * against a number and not a peer depends on the disk as much as on the code: to be run on a machine that does nothing else.
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

const ROUNDS = 3;
const PENDING = 100_000;

/** One result for each limit, from the medians of processes that run in turns. */
export async function run(): Promise<BenchResult[]> {
  const loops: Loop[][] = [[], [], []];
  const peers: Pick<Loop, 'perSecond' | 'p99Ms'>[] = [];
  const singles: Single[] = [];
  const boots: Boot[][] = [[], []];
  const hasPeer = hasRedis && (await isInstalled('bullmq')) && (await isInstalled('ioredis'));
  for (let round = 0; round < ROUNDS; round++) {
    loops[0]?.push(await measure<Loop>('case.ts', 1, 100, 1_000));
    if (hasPeer) peers.push(await measure('bullmq-case.ts', 100));
    loops[1]?.push(await measure<Loop>('case.ts', 20, 100, 1_000));
    loops[2]?.push(await measure<Loop>('case.ts', 1, 100, 1_000_000));
    singles.push(await measure<Single>('single-case.ts'));
    boots[0]?.push(await measure<Boot>('boot-case.ts', 0));
    boots[1]?.push(await measure<Boot>('boot-case.ts', PENDING));
  }
  const [one, twenty, million] = loops.map(mediansOf);
  const [idle, waiting] = boots.map(mediansOf);
  const single = mediansOf(singles);
  const results = [
    over('durable closed loop, 100 in flight: 50,000 events/s / measured', 50_000, one?.['perSecond'], { limit: 1, details: one }),
    over('… with 20 subscriptions: 20,000 events/s / measured', 20_000, twenty?.['perSecond'], { limit: 1, details: twenty }),
    over('… event-loop delay p99 / 10 ms', one?.['loopDelayP99Ms'], 10, { limit: 1, details: one }),
    over('… with 20 subscriptions: event-loop delay p99 / 10 ms', twenty?.['loopDelayP99Ms'], 10, { limit: 1, details: twenty }),
    over('… with 1,000 stored events / with 1,000,000', one?.['perSecond'], million?.['perSecond'], { limit: 1.25, details: million }),
    over('1 in flight, p99 / a single commit of the same bytes, p99', single['eventP99Ms'], single['commitP99Ms'], {
      limit: 3,
      details: single,
    }),
    over(
      `start with ${PENDING} waiting deliveries: later than with none / 1 s`,
      (waiting?.['readyMs'] ?? NaN) - (idle?.['readyMs'] ?? NaN),
      1_000,
      {
        limit: 1,
        details: { idle, waiting },
      },
    ),
    over('… first delivery after ready / 1 s', Math.max(0, waiting?.['firstMs'] ?? NaN), 1_000, { limit: 1, details: waiting }),
  ];
  if (hasPeer) {
    const peer = mediansOf(peers);
    results.push(
      over('20 × BullMQ with appendfsync always / durable closed loop', 20 * (peer['perSecond'] ?? NaN), one?.['perSecond'], {
        limit: 1,
        details: { bullmq: peer, panotti: one },
      }),
    );
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
  return Object.fromEntries(Object.keys(measured[0] ?? {}).map((key) => [key, median(measured.map((round) => round[key] ?? NaN))]));
}

function over(
  name: string,
  a: number | undefined,
  b: number | undefined,
  { limit, details }: { limit: number; details: object | undefined },
): BenchResult {
  return { name, ratio: (a ?? NaN) / (b ?? NaN), limit, details: { ...details, rounds: ROUNDS } };
}
