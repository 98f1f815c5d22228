import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, runCommand, type CommandOptions } from '../../../../src/plugins/transcription/command-runner.js';
import { waitFor } from '../../../support/wait-for.js';
import { temporaryDirectories } from '../support/temporary-directory.js';

const newDirectory = temporaryDirectories();
const never = new AbortController().signal;

function run(script: string, options: Partial<CommandOptions> = {}): Promise<string> {
  return runCommand({
    command: 'sh',
    args: ['-c', script],
    timeoutMs: 20_000,
    maxOutputBytes: 1_000,
    graceMs: 100,
    signal: never,
    ...options,
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Ended, and not yet noticed by its parent: in a container nobody may ever notice.
    return !(existsSync(`/proc/${pid}/stat`) && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  } catch {
    return false;
  }
}

describe('running a command', () => {
  it('gives what it printed', async () => {
    expect(await run('printf "one two\\nthree"')).toBe('one two\nthree');
  });

  it('passes arguments on without a shell', async () => {
    expect(await run('', { command: 'printf', args: ['%s', '$(id) ; "quoted" *'] })).toBe('$(id) ; "quoted" *');
  });

  it('does not wait for input', async () => {
    expect(await run('cat')).toBe('');
  });

  it('names the exit code and the end of stderr when it fails', async () => {
    await expect(run('echo no model >&2; exit 3')).rejects.toThrow(
      'The command "sh" failed with exit code 3. It wrote: no model',
    );
  });

  it('keeps only the end of what it wrote to stderr', async () => {
    const failure = run('i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1');

    await expect(failure).rejects.toMatchObject({
      stderr: expect.stringMatching(/^.{1000,2000}line 1999$/s) as string,
    });
  });

  it('says that a command is missing', async () => {
    await expect(run('', { command: 'no-such-command-here' })).rejects.toThrow('could not be started');
  });

  it('ends a command that takes too long, with all that it started, even one that ignores the first signal', async () => {
    const list = join(newDirectory(), 'pids');
    const args = ['-c', 'trap "" TERM; sleep 60 & echo $$ $! > "$1"; wait', 'sh', list];
    const failure = run('', { args, timeoutMs: 500 }).catch((error: unknown) => error);
    const pids = (await waitFor(() => readFileSync(list, 'utf8'))).trim().split(' ').map(Number);
    expect(pids.map(isRunning)).toEqual([true, true]);

    expect(await failure).toEqual(
      expect.objectContaining({ name: 'CommandError', message: 'The command "sh" did not end within 0.5 s.' }),
    );
    expect(await waitFor(() => pids.every((pid) => !isRunning(pid)))).toBe(true);
  });

  it('ends a command that prints too much', async () => {
    await expect(run('while true; do echo more and more; done')).rejects.toThrow('printed more than 1000 bytes');
  });

  it('ends the command when its work is cancelled, and starts none when it was before', async () => {
    const cancel = new AbortController();
    const running = run('echo started; sleep 60', { signal: cancel.signal });
    cancel.abort(new Error('the plugin stops'));

    await expect(running).rejects.toThrow(CommandError);
    await expect(running).rejects.toMatchObject({ cause: new Error('the plugin stops') });
    await expect(run('echo never', { signal: cancel.signal })).rejects.toThrow('was not started');
  });
});
