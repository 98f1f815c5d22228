/** What a plugin does to the exit, the signals and the streams of the process that all plugins share. */
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { ServerProcess, type ServerSetup } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const PLUGIN = 'owns-the-process';

async function after(deeds: string | readonly string[], setup: ServerSetup = {}): Promise<ServerProcess> {
  const server = await ServerProcess.started({
    panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  shutdownTimeout: 2\n',
    pluginFolders: [PLUGIN, 'greeter'],
    ...setup,
  });
  for (const deed of [deeds].flat()) await does(server, deed);
  return server;
}

async function does(server: ServerProcess, deed: string): Promise<void> {
  await fetch(`${server.url}/api/${PLUGIN}/${deed}`, { method: 'POST' }).catch(() => undefined);
}

describe('F-14 a plugin that is in the way of the exit', () => {
  it.each([
    ['exit-listener', ['exitListenerLoops'], 70],
    ['exit-listener', ['exitListenerThrows'], 0],
    ['exit-listener', ['setsExitCode', 'schedulesBeforeExit', 'exitListenerSetsCode'], 0],
    ['exit-listener', ['exitListenerExits'], 0],
    ['destroy-hook', ['destroyLoops'], 70],
    ['destroy-hook', ['destroyLoopsInMicrotasks'], 70],
  ])('F-14 does not keep the server from its end, nor changes its code [row: %s]: %p', async (_row, deeds, code) => {
    await using server = await after(deeds);
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(code);
    if (code === 70) expect(server.log().findLast(({ level }) => level === 'fatal')).toMatchObject({ plugin: PLUGIN });
  });

  it.each([
    ['exitListenerLoops', 70],
    ['destroyLoops', 70],
  ])('F-14 does not keep it either where the watchdog is off: %s', async (deed, code) => {
    const panotti =
      'plugins:\n  directories: [../plugins]\nlifecycle:\n  shutdownTimeout: 2\ntelemetry:\n  watchdog: false\n';
    await using server = await after(deed, { panotti });
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(code);
  });

  it('F-14 does not keep a second signal from ending the server while its destroy hook never comes back', async () => {
    await using server = await after('destroyLoops', {
      panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  shutdownTimeout: 600\n  stopTimeout: 600\n',
    });
    server.signal('SIGTERM');
    // By the default effect of the signal, which has no exit code.
    await waitFor(() => {
      server.signal('SIGTERM');
      return server.child.exitCode !== null || server.child.signalCode !== null;
    });

    expect([server.child.exitCode, server.child.signalCode]).toContainEqual(
      server.child.exitCode === null ? 'SIGTERM' : 143,
    );
  });

  it.each(['exits', 'reallyExits', 'aborts', 'kills', 'killsItsGroup'])(
    'F-14 is named, and ends the server with 70: %s [row: ends-process]',
    async (deed) => {
      await using server = await after(deed);

      expect(await server.exitCode()).toBe(70);
      expect(server.log()).toContainEqual(
        expect.objectContaining({
          level: 'fatal',
          plugin: PLUGIN,
          msg: expect.stringMatching(/^The process was made to end.* in plugin "owns-the-process"/),
        }),
      );
    },
  );

  it('F-14 is named when it sends SIGTERM to the process, which stops in order [row: signals-process]', async () => {
    await using server = await after('terminates');

    expect(await server.exitCode()).toBe(0);
    expect(server.log()).toContainEqual(
      expect.objectContaining({ plugin: PLUGIN, msg: expect.stringContaining('The process was sent a signal') }),
    );
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
  });
});

/** How many removals were reported with the plugin, and without one. The log has the first line of a minute only, and counts the others. */
async function removals(server: ServerProcess): Promise<{ plugin: number; unknown: number }> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const of = (plugin: string): number =>
    Number(
      new RegExp(`panotti_stray_errors_total\\{plugin="${plugin}",kind="listeners-removed"\\} (\\d+)`).exec(
        metrics,
      )?.[1] ?? 0,
    );
  return { plugin: of(PLUGIN), unknown: of('') };
}

/** Whether the process handles SIGTERM itself. */
async function handlesTerm(server: ServerProcess): Promise<boolean> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return (caught & (1n << BigInt(constants.signals.SIGTERM - 1))) !== 0n;
}

describe('F-14 a plugin that removes listeners of the process', () => {
  // Two on each server: the third failure within a minute suspends the plugin, and it could do nothing more.
  it.each<[deed: string, by: 'plugin' | 'unknown'][]>([
    [
      ['removesAll', 'plugin'],
      ['removesOfSignal', 'plugin'],
    ],
    [
      ['removesOff', 'plugin'],
      ['removesHooks', 'plugin'],
    ],
    [
      // Node's own method goes through those of the process for each event.
      ['removesByPrototype', 'plugin'],
      // Shows no call, so it is not known who it was.
      ['emptiesEvents', 'unknown'],
    ],
  ])(
    'F-14 is told each time, they are back, and the next SIGTERM stops in order: %p and %p [row: removes-listeners]',
    async (...deeds) => {
      await using server = await after([]);
      for (const [deed, by] of deeds) {
        const before = await removals(server);
        await does(server, deed);
        await waitFor(async () => (await removals(server))[by] > before[by]);

        expect([deed, await handlesTerm(server)]).toEqual([deed, true]);
      }
      expect(server.log().find(({ msg }) => msg.startsWith('Listeners of the host were to be removed'))).toMatchObject({
        plugin: PLUGIN,
      });
      server.signal('SIGTERM');

      expect(await server.exitCode()).toBe(0);
      expect(server.log().at(-1)?.msg).toBe('Stopped.');
    },
  );

  it('F-14 may listen to signals itself [row: listens-to-signals]', async () => {
    await using server = await after('listensItself');
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
    expect(server.log().some(({ msg }) => msg.startsWith('Listeners of the host'))).toBe(false);
  });
});

describe('F-14 a plugin that treats the standard streams as its own', () => {
  it.each([[['endsStdout']], [['writesAfterEnd']], [['floods', 'destroysStderr', 'destroysStdout', 'patchesWrite']]])(
    'F-14 loses no line of the log, and the server goes on and stops in order: %p [row: standard-streams]',
    async (deeds) => {
      await using server = await after([]);
      for (const deed of deeds) {
        await does(server, deed);
        const before = server.log().length;
        expect((await fetch(`${server.url}/api/greeter/greeting`)).status).toBe(200);
        await waitFor(() => server.log().length > before);
      }
      server.signal('SIGTERM');

      expect(await server.exitCode()).toBe(0);
      expect(server.log().at(-1)?.msg).toBe('Stopped.');
    },
  );

  it.each([
    [['exitListenerLoops'], 70],
    [['removesAll', 'rejects'], 0],
  ])('F-14 changes nothing about the end where the output is closed: %p', async (deeds, code) => {
    await using server = await after('listensItself');
    const { url } = server;
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    for (const deed of deeds) await fetch(`${url}/api/${PLUGIN}/${deed}`, { method: 'POST' });
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(code);
  });
});

describe('F-21 a storm of errors', () => {
  it.each([
    ['rejects', 'unhandled-rejection', 20_000, 5, 'suspended'],
    ['rejectsInWords', 'unhandled-rejection', 20_000, 60, 'suspended'],
    ['warns', 'warning', 20_000, 5, 'ready'],
  ])(
    'F-21 is a few lines in the log, of which the first is complete, and is counted: %s [row: storms]',
    async (deed, kind, count, lines, state) => {
      await using server = await after(deed);
      const metric = `panotti_stray_errors_total{plugin="${PLUGIN}",kind="${kind}"} ${count}`;
      await waitFor(async () => (await (await fetch(`${server.url}/metrics`)).text()).includes(metric));
      await waitFor(async () => {
        const { details } = (await (await fetch(`${server.url}/health`)).json()) as {
          details: Record<string, { state: string }>;
        };
        return details[PLUGIN]?.state === state;
      });
      server.signal('SIGTERM');
      expect(await server.exitCode()).toBe(0);
      const told = server.log().filter(({ context }) => context === 'StrayErrors');

      expect(told[0]).toMatchObject({
        plugin: PLUGIN,
        err: { stack: expect.stringContaining('owns-the-process/index.js') },
      });
      expect(told.length).toBeLessThanOrEqual(lines);
      expect(told.at(-1)?.msg).toMatch(/\(\d+ more within a minute\)$/);
    },
  );
});
