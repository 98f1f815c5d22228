import { Agent, request } from 'node:http';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const panotti = 'plugins:\n  directories: [../plugins]\nlifecycle:\n  drainDelay: 0.5\n';

interface Answer {
  readonly status: number;
  readonly sentBeforeSignal: boolean;
}

describe('F-13 a shutdown under load', () => {
  it('F-13 answers every request that was open, lets none reach a plugin that is gone, turns readiness off first, and ends with 0', async () => {
    await using server = await ServerProcess.started({ panotti, pluginFolders: ['busy'] });
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const answers: Answer[] = [];
    const failures: string[] = [];
    let isSignalled = false;
    const over = new AbortController();
    const send = (path: string): Promise<void> =>
      new Promise((resolve) => {
        const sentBeforeSignal = !isSignalled;
        const sent = request(`${server.url}${path}`, { agent, method: 'POST' }, (response) => {
          response.resume().on('end', () => {
            answers.push({ status: response.statusCode ?? 0, sentBeforeSignal });
            resolve();
          });
        });
        sent.on('error', (error) => {
          if (sentBeforeSignal) failures.push(error.message);
          resolve();
        });
        sent.end();
      });
    // Twenty clients, each with one request after the other; each request works for 20 ms and publishes four events.
    const clients = Array.from({ length: 20 }, async () => {
      while (!over.signal.aborted) await send('/api/busy');
    });
    await waitFor(() => answers.length > 500);
    isSignalled = true;
    server.signal('SIGTERM');
    await waitFor(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
    const code = await server.exitCode();
    over.abort();
    await Promise.all(clients);
    agent.destroy();

    expect(code).toBe(0);
    expect(failures).toEqual([]);
    expect(answers.filter(({ sentBeforeSignal, status }) => sentBeforeSignal && status !== 201)).toEqual([]);
    expect([...new Set(answers.map(({ status }) => status))].every((status) => status === 201 || status === 503)).toBe(true);
    expect(server.stdout).not.toContain('used after its end');
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
  });
});
