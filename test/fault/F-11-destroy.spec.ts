import { FakeClock } from '../support/fake-clock.js';
import { HealthProber } from '../support/health-prober.js';
import { on, plugin } from '../support/hooked-plugin.js';
import { hostApp } from '../support/host-app.js';
import { ServerProcess } from '../support/server-process.js';

const panotti = 'plugins:\n  directories: [../plugins]\nlifecycle:\n  stopTimeout: 0.3\n';

describe('F-11 a plugin that does not want to go', () => {
  it.each([
    ['hangs', 'hangs-on-destroy', /onModuleDestroy .*took longer than 0\.3 s/],
    ['throws', 'throws-on-destroy', /onModuleDestroy threw: does not want to go/],
  ])(
    'F-11 is left behind when its destroy hook %s: the others stop in order, the exit code is 70, the last line has its name',
    async (_how, name, why) => {
      await using server = await ServerProcess.started({ panotti, pluginFolders: [name] });
      await using prober = await HealthProber.of(server);
      const signalledAt = performance.now();
      server.signal('SIGTERM');

      expect(await server.exitCode()).toBe(70);
      const endedMs = performance.now() - signalledAt;
      await prober.verify();
      // Its deadline and half a second, where the test runs alone.
      if (process.env['PANOTTI_TEST_FULL'] === '1') expect(endedMs).toBeLessThanOrEqual(800);
      const stopped = server.log().flatMap(({ msg }) => /^Plugin "(.+?)" is stopped/.exec(msg)?.[1] ?? []);
      expect(stopped.toSorted()).toEqual(
        ['example', name, 'noise-reduction', 'recordings', 'transcription'].toSorted(),
      );
      expect(stopped.indexOf('noise-reduction')).toBeLessThan(stopped.indexOf('recordings'));
      expect(server.stdout).toMatch(why);
      expect(server.log().at(-1)?.msg).toBe(`Stopped, but not cleanly: ${name}.`);
    },
  );

  it.each([
    ['hangs', () => new Promise(() => undefined), 5_000],
    ['throws', () => Promise.reject(new Error('does not want to go')), 0],
  ])(
    'F-11 one of 50 that %s: the other 49 are destroyed in order, after its deadline and no later, and it is named',
    async (_how, end, afterMs) => {
      const clock = new FakeClock();
      const ended: [index: number, atMs: number][] = [];
      const plugins = Array.from({ length: 50 }, (_, index) =>
        plugin(
          `plugin-${index}`,
          { onModuleDestroy: index === 25 ? end : () => void ended.push([index, clock.monotonicMs()]) },
          index === 0 ? {} : on(`plugin-${index - 1}`),
        ),
      );
      await using test = await hostApp(plugins, { clock });
      const stopped = test.host.stopAll();
      await clock.advance(afterMs);
      await stopped;

      const order = plugins.map((_, index) => 49 - index).filter((index) => index !== 25);
      expect(ended).toEqual(order.map((index) => [index, index > 25 ? 0 : afterMs]));
      expect(test.host.uncleanStops()).toEqual(['plugin-25']);
    },
  );
});
