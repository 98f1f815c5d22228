/** The end of an application that embeds the host, from the hooks of Nest: as a child process, because its exit code is part of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for.js';

const APPLICATION = join(import.meta.dirname, '../fixtures/embedded/application.js');

interface Settings {
  readonly end: 'signal' | 'close';
  readonly hangs?: readonly string[];
  readonly throws?: readonly string[];
  readonly lifecycle?: Readonly<Record<string, number>>;
  readonly useProcessExit?: boolean;
}

class Application implements AsyncDisposable {
  #output = '';
  readonly ended: Promise<number | NodeJS.Signals | null>;

  private constructor(
    readonly child: ChildProcess,
    private readonly dataDirectory: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  static async started(settings: Settings): Promise<Application> {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-embedded-'));
    const child = spawn(process.execPath, [APPLICATION, JSON.stringify({ ...settings, dataDirectory })]);
    const application = new Application(child, dataDirectory);
    await waitFor(() => application.url !== undefined);
    return application;
  }

  get url(): string | undefined {
    return /listening on (\S+)/.exec(this.#output)?.[1];
  }

  /** What it has said after it listened. */
  get lines(): string[] {
    const all = this.#output.trim().split('\n');
    return all.slice(all.findIndex((line) => line.startsWith('listening')) + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
    await rm(this.dataDirectory, { recursive: true, force: true });
  }
}

const hooksOf = (name: string, signal: string): string[] => [
  `${name} onModuleDestroy`,
  ...['beforeApplicationShutdown', 'onApplicationShutdown'].map((hook) => `${name} ${hook}${signal}`),
];
const inOrder = (signal = ''): string[] => [
  ...hooksOf('top', signal),
  ...hooksOf('base', signal),
  'application onModuleDestroy',
];
const ENDED = (unclean: string): string => `application onApplicationShutdown, unclean: ${unclean}`;

describe('an application that embeds the host', () => {
  it('stops its plugins in reverse, before anything of its own, when it is closed', async () => {
    await using application = await Application.started({ end: 'close' });

    expect(await application.ended).toBe(0);
    expect(application.lines).toEqual([...inOrder(), ENDED('none'), 'closed']);
  });

  it('does the same when a signal ends it, and then ends by that signal', async () => {
    await using application = await Application.started({ end: 'signal' });
    application.child.kill('SIGTERM');

    expect(await application.ended).toBe('SIGTERM');
    expect(application.lines).toEqual([...inOrder(' SIGTERM'), ENDED('none')]);
  });

  it('ends with 0 after a signal where it asks Nest to', async () => {
    await using application = await Application.started({ end: 'signal', useProcessExit: true });
    application.child.kill('SIGINT');

    expect(await application.ended).toBe(0);
    expect(application.lines).toEqual([...inOrder(' SIGINT'), ENDED('none')]);
  });

  it('goes on after hooks that hang or throw, runs all others, and knows whose they were', async () => {
    const settings = { hangs: ['top'], throws: ['base'], lifecycle: { stopTimeout: 0.2 } };
    await using closed = await Application.started({ end: 'close', ...settings });
    await using signalled = await Application.started({ end: 'signal', ...settings });
    signalled.child.kill('SIGTERM');

    expect([await closed.ended, await signalled.ended]).toEqual([70, 'SIGTERM']);
    expect(closed.lines).toEqual([...inOrder(), ENDED('base,top'), 'closed']);
    expect(signalled.lines).toEqual([...inOrder(' SIGTERM'), ENDED('base,top')]);
  });

  it('gives up waiting for plugins when the time for the whole shutdown is over', async () => {
    await using application = await Application.started({
      end: 'close',
      hangs: ['top'],
      lifecycle: { stopTimeout: 600, shutdownTimeout: 0.3 },
    });

    expect(await application.ended).toBe(70);
    expect(application.lines).toEqual([
      'top onModuleDestroy',
      'application onModuleDestroy',
      ENDED('base,top'),
      'closed',
    ]);
  });

  it('says that it is not ready, and goes on serving, during the drain delay', async () => {
    await using application = await Application.started({ end: 'signal', lifecycle: { drainDelay: 1.5 } });
    const status = async (path: string): Promise<number> => (await fetch(`${application.url}${path}`)).status;
    expect(await status('/health/ready')).toBe(200);
    application.child.kill('SIGTERM');
    await waitFor(async () => (await status('/health/ready')) === 503);

    expect([await status('/health/live'), application.lines]).toEqual([200, []]);
    expect(await application.ended).toBe('SIGTERM');
    expect(application.lines).toEqual([...inOrder(' SIGTERM'), ENDED('none')]);
  });
});
