import { HealthProber } from '../support/health-prober.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const draining = { panotti: 'lifecycle:\n  drainDelay: 60\n' };

const SECONDS = process.env['PANOTTI_TEST_FULL'] === '1' ? 100 : 3;
/** The same signal sooner than this counts as the same key press. */
const KEY_PRESS_MS = 250;

describe('F-14 signals', () => {
  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const)('F-14 %s ends in order, and %s after it ends at once with 143', async (first, second) => {
    await using server = await ServerProcess.started(draining);
    await using prober = await HealthProber.of(server);
    server.signal(first);
    await waitFor(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
    // The same signal within a fifth of a second counts as the same key press.
    await waitFor(() => {
      server.signal(second);
      return server.child.exitCode !== null;
    });

    expect(await server.exitCode()).toBe(143);
    await prober.verify();
  });

  it(`F-14 a second SIGTERM while a plugin hangs in its destroy hook ends the server with 143, ${SECONDS} of ${SECONDS} times`, async () => {
    const slow: number[] = [];
    for (let round = 0; round < SECONDS; round++) {
      await using server = await ServerProcess.started({
        panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  drainDelay: 0\n',
        pluginFolders: ['hangs-on-destroy'],
      });
      server.signal('SIGTERM');
      const beganAt = performance.now();
      await waitFor(
        () =>
          performance.now() - beganAt > KEY_PRESS_MS &&
          server.log().some(({ msg }) => msg.startsWith('SIGTERM: stopping')),
      );
      const signalledAt = performance.now();
      server.signal('SIGTERM');
      expect(await server.exitCode()).toBe(143);
      const tookMs = performance.now() - signalledAt;
      if (tookMs > 500) slow.push(tookMs);
    }

    // On a busy machine one of a few may be late; what is promised is told apart where the test runs alone.
    if (SECONDS > 3) expect(slow).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('F-14 %s during the boot ends the process with 0', async (signal) => {
    await using server = await ServerProcess.spawn();
    // Node is up, and the server is still being put together.
    await waitFor(() => server.hasHandlers());
    server.signal(signal);

    expect(await server.exitCode()).toBe(0);
  });

  it('F-14 SIGHUP during the boot is remembered, and loads the configuration once the server runs', async () => {
    await using server = await ServerProcess.spawn({ plugins: '# nothing\n' });
    await waitFor(() => server.hasHandlers());
    server.signal('SIGHUP');
    await waitFor(() => server.log().some(({ msg }) => msg.startsWith('Configuration reloaded')));
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
  });

  it('F-14 a signal while plugins start gives their start up and ends with 0', async () => {
    await using server = await ServerProcess.spawn({
      panotti: 'plugins:\n  directories: [../plugins]\n',
      pluginFolders: ['hangs-on-init'],
    });
    await waitFor(() => server.log().some(({ msg }) => msg.startsWith('Listening on ')));
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
  });

  it('F-14 a reader of its output that goes away does not end the server', async () => {
    await using server = await ServerProcess.started();
    const { url } = server;
    await using prober = await HealthProber.of(server);
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    for (let request = 0; request < 5; request++) expect((await fetch(`${url}/api/recordings`)).status).toBe(200);
    await prober.verify();
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
  });
});
