/** The end of the watchdog's thread, and of the process that it ends: no session of the inspector is left behind. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ServerProcess } from '../support/server-process.js';

const ROOT = join(import.meta.dirname, '../..');
const TELEMETRY = join(ROOT, 'dist/telemetry/index.js');

/** Stops the watchdog's thread on top of a question of it, so with its session open, and looks there whether the thread is still alive. */
const STOPS_WHILE_ASKED = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { WatchdogThread } from ${JSON.stringify(TELEMETRY)};
  const threads = () => readdirSync('/proc/self/task').length;
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  const thread = new WatchdogThread();
  const seen = {};
  thread.listen({
    looked: () => {
      if (seen.stopping) return;
      const before = threads();
      seen.stopping = thread.stop();
      // Long enough for a thread that is terminated to be gone.
      for (let turn = 0; turn < 100 && threads() === before; turn++) Atomics.wait(asleep, 0, 0, 10);
      seen.isAlive = threads() === before;
    },
  });
  thread.look(1);
  thread.start((error) => { throw error; });
  while (!seen.stopping) {
    for (const end = performance.now() + 5; performance.now() < end; ) Math.random();
    await new Promise(setImmediate);
  }
  if (!seen.isAlive) throw new Error('It has ended while a session of it was open.');
  await seen.stopping;
  console.log('ended');`;

/** Lines on the standard error that the watchdog has not written in the form of the log. */
function foreignLines(server: ServerProcess): string[] {
  return server.stderr
    .split('\n')
    .filter((line) => line !== '' && !/^(?:The event loop has been blocked|While this lasts)/.test(line));
}

describe('the end of the watchdog', () => {
  it('F-08 leaves the thread alive until the main thread has answered it, and then ends it', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', STOPS_WHILE_ASKED], {
      cwd: ROOT,
      timeout: 600_000,
    });

    expect(stdout).toBe('ended\n');
  });

  it.each([
    ['blocks-the-loop', 'GET', 'spinForEver', 'telemetry:\n  watchdogThreshold: 0.2\n  watchdogMaxBlock: 0.7\n'],
    ['owns-the-process', 'POST', 'exitListenerLoops', 'lifecycle:\n  shutdownTimeout: 2\n'],
    ['owns-the-process', 'POST', 'destroyLoops', 'lifecycle:\n  shutdownTimeout: 2\n'],
  ])(
    'F-08 writes nothing but lines of the log where the watchdog ends the process: %s, %s %s',
    async (plugin, method, way, options) => {
      const panotti = `plugins:\n  directories: [../plugins]\n${options}`;
      await using server = await ServerProcess.started({ panotti, pluginFolders: [plugin] });
      await fetch(`${server.url}/api/${plugin}/${way}`, { method }).catch(() => undefined);
      server.signal('SIGTERM');

      expect(await server.exitCode()).toBe(70);
      expect(foreignLines(server)).toEqual([]);
      expect(server.log().at(-1)?.level).toBe('fatal');
    },
  );
});
