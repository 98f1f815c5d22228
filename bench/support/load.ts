/** The clients: `load.ts <url>`. For each number that comes in on stdin it makes as many requests (rounded up to a multiple of
 * the clients), and writes a line when all are answered. */
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';

/** Requests that are under way at a time, each on a connection of its own that stays open. */
const CLIENTS = 16;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
const [, , url = ''] = process.argv;

function request(): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}.`));
      response.resume().on('end', resolve);
    });
    sent.on('error', reject);
  });
}

async function client(requests: number): Promise<void> {
  for (let sent = 0; sent < requests; sent++) await request();
}

for await (const line of createInterface({ input: process.stdin })) {
  const each = Math.ceil(Number(line) / CLIENTS);
  await Promise.all(Array.from({ length: CLIENTS }, () => client(each)));
  process.stdout.write('done\n');
}
agent.destroy();
