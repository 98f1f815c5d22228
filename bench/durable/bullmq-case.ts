/**
 * The same closed loop with BullMQ: a job added, on the disk of Redis (`appendfsync always`), worked on, and its end on the disk as well.
 * Arguments: in flight.
 */
import { startRedis } from './redis-server.ts';

const [inFlight = 100] = process.argv.slice(2).map(Number);
const WARM_UP_MS = 1_000;
const MEASURED_MS = 3_000;

/** What is used of them; they are installed for the benchmarks alone, so their types may be missing. */
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: object, options: object): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => {
    on(event: 'completed', listener: (job: { id: string }) => void): void;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
}
interface IoRedis {
  readonly Redis: new (options: object) => { quit(): Promise<unknown> };
}

const load = async (name: string): Promise<unknown> => import(name);
const { Queue, Worker } = (await load('bullmq')) as BullMq;
const { Redis } = (await load('ioredis')) as IoRedis;

await using server = await startRedis();
const connections = Array.from({ length: 2 }, () => new Redis({ path: server.socket, maxRetriesPerRequest: null }));
const queue = new Queue('bench', { connection: connections[0] });
const worker = new Worker('bench', async () => undefined, { connection: connections[1], concurrency: 100 });
const waiting = new Map<string, () => void>();
worker.on('completed', ({ id }) => {
  waiting.get(id)?.();
  waiting.delete(id);
});
await worker.waitUntilReady();

let next = 0;
const latencies: number[] = [];
let measuredFromMs = Infinity;

async function client(untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const startedMs = performance.now();
    const jobId = `job-${next++}`;
    const completed = new Promise<void>((resolve) => waiting.set(jobId, resolve));
    await queue.add('measured', { number: next, text: 'x'.repeat(270) }, { jobId, removeOnComplete: true });
    await completed;
    if (startedMs >= measuredFromMs) latencies.push(performance.now() - startedMs);
  }
}

measuredFromMs = performance.now() + WARM_UP_MS;
await Promise.all(Array.from({ length: inFlight }, () => client(measuredFromMs + MEASURED_MS)));
await worker.close();
await queue.close();
await Promise.all(connections.map((connection) => connection.quit()));
latencies.sort((a, b) => a - b);
const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
console.log(JSON.stringify({ perSecond: latencies.length / (MEASURED_MS / 1_000), p99Ms }));
