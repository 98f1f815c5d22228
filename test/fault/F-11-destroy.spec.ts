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
      server.signal('SIGTERM');

      expect(await server.exitCode()).toBe(70);
      const stopped = server.log().flatMap(({ msg }) => /^Plugin "(.+?)" is stopped/.exec(msg)?.[1] ?? []);
      expect(stopped.toSorted()).toEqual(['example', name, 'noise-reduction', 'recordings', 'transcription'].toSorted());
      expect(stopped.indexOf('noise-reduction')).toBeLessThan(stopped.indexOf('recordings'));
      expect(server.stdout).toMatch(why);
      expect(server.log().at(-1)?.msg).toBe(`Stopped, but not cleanly: ${name}.`);
    },
  );
});
