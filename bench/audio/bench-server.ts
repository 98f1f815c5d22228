/** The built server as a process of its own, with a data directory and a port that nobody else has. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serverSentEvents } from '../../test/demo/server-sent-events.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

interface SeenEvent {
  readonly name: string;
  readonly payload: unknown;
}

export class BenchServer {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly directory: string;

  private constructor(child: ChildProcess, url: string, directory: string) {
    this.#process = child;
    this.#url = url;
    this.directory = directory;
  }

  /** Resolves when the server is ready. */
  static async start(): Promise<BenchServer> {
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), 'panotti-bench-'));
    // Recognizing speech would take the processor from what is measured.
    await mkdir(join(directory, 'config'));
    await writeFile(join(directory, 'config', 'plugins.yaml'), 'transcription:\n  enabled: false\n');
    const environment = {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(port),
      PANOTTI_DATA_DIR: join(directory, 'data'),
    };
    const child = spawn(process.execPath, [MAIN], {
      env: { ...environment, PANOTTI_CONFIG_DIR: join(directory, 'config') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const server = new BenchServer(child, `http://127.0.0.1:${port}`, directory);
    try {
      await server.#ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async call(method: string, path: string, audio?: Buffer): Promise<unknown> {
    const headers: Record<string, string> = audio ? { 'content-type': 'audio/wav' } : {};
    // A view of its own: TypeScript's fetch takes no Buffer over memory that may be shared.
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers,
      body: audio ? new Uint8Array(audio) : null,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return JSON.parse(text);
  }

  /** Waits for an event of a recording; `listening` resolves when none can be missed any more. */
  event(
    recordingId: string,
    name: string,
    timeoutMs: number,
  ): { listening: Promise<unknown>; payload: Promise<unknown> } {
    const response = fetch(`${this.#url}/api/recordings/${recordingId}/events`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { listening: response, payload: response.then((stream) => firstEvent(stream, name)) };
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const isLate = await Promise.race([exit.then(() => false), sleep(STOP_TIMEOUT_MS, true, { ref: false })]);
    if (isLate) this.#process.kill('SIGKILL');
    await exit;
  }

  async #ready(): Promise<void> {
    const giveUpAt = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < giveUpAt) {
      if (this.#process.exitCode !== null)
        throw new Error(`The server ended with exit code ${this.#process.exitCode}.`);
      const isReady = await fetch(`${this.#url}/health/plugins/noise-reduction`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await sleep(50);
    }
    throw new Error(`The noise-reduction plugin was not ready within ${START_TIMEOUT_MS / 1_000} s.`);
  }
}

async function firstEvent(response: Response, name: string): Promise<unknown> {
  if (!response.ok || !response.body)
    throw new Error(`The events of the recording are answered with ${response.status}.`);
  for await (const event of serverSentEvents(response.body)) {
    // The server's own format; see the recordings plugin.
    const seen = event as SeenEvent;
    if (seen.name === name) return seen.payload;
  }
  throw new Error(`The stream ended before "${name}" came.`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
