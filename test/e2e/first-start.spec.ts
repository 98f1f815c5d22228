import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '../support/server-process.js';

const ROOT = join(import.meta.dirname, '../..');
const COMMAND = 'pocketsphinx_continuous';

describe.each([
  ['with a speech recognizer on the PATH', true],
  ['without a speech recognizer on the PATH', false],
])('the first start of a fresh installation, %s,', (_where, hasRecognizer) => {
  it('logs at most ten lines, no warning among them, is ok, and is accepted by --strict', async () => {
    await using machine = await machineWith(hasRecognizer);
    await using server = await ServerProcess.started({ args: ['--strict'], env: { PATH: machine.path } });
    const health = (await (await fetch(`${server.url}/health`)).json()) as { status: string };
    const plugin = (await (await fetch(`${server.url}/health/plugins/transcription`)).json()) as {
      details: Record<string, { state: string }>;
    };

    // On a machine that is slow or busy enough the watchdog has something to say of any start.
    const log = server.log().filter(({ context }) => context !== 'Watchdog');
    expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
    expect([log.length <= 10, server.stderr]).toEqual([true, '']);
    expect(health.status).toBe('ok');
    expect(plugin.details['transcription']?.state).toBe(hasRecognizer ? 'ready' : 'blocked');
    expect(server.log().filter(({ msg }) => msg.includes(COMMAND))).toHaveLength(hasRecognizer ? 0 : 1);
  });
});

describe('a plugin that waits for its program', () => {
  it('is a warning, and refused by --strict, where the operator says that it is required', async () => {
    await using machine = await machineWith(false);
    const setup = { plugins: 'transcription:\n  required: true\n', args: ['--strict'], env: { PATH: machine.path } };
    await using server = await ServerProcess.spawn(setup);

    expect(await server.exitCode()).toBe(78);
    expect(server.stderr).toContain(`PLUGIN_REQUIREMENT_UNMET  Plugin "transcription" needs the program "${COMMAND}"`);
  });
});

/** A PATH that has the recognizer, or nothing. */
async function machineWith(hasRecognizer: boolean): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'panotti-path-'));
  const path = join(folder, 'bin');
  await mkdir(path);
  if (hasRecognizer) {
    // It is never run here; it only has to be a file that may be.
    await copyFile(join(ROOT, 'package.json'), join(path, COMMAND));
    await chmod(join(path, COMMAND), 0o755);
  }
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
