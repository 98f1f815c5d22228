/** Sends requests to a server of this process from another process, and measures what the server needs for them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Multiples of the number of clients. */
const WARM_UP = 16_000;
const REQUESTS = 32_000;

/** @returns the CPU time of this process for one request to `url`, in microseconds, after a warm-up */
export async function measureRequests(url: string): Promise<number> {
  const clients = spawn(process.execPath, [new URL('load.ts', import.meta.url).pathname, url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: clients.stdout });
  const answer = async (requests: number): Promise<void> => {
    const answered = once(answers, 'line');
    clients.stdin.write(`${requests}\n`);
    await answered;
  };
  await answer(WARM_UP);
  const before = process.cpuUsage();
  await answer(REQUESTS);
  const { user, system } = process.cpuUsage(before);
  clients.stdin.end();
  return (user + system) / REQUESTS;
}
