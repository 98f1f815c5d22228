import { realpath } from 'node:fs/promises';
import { HealthProber } from '../support/health-prober.js';
import { ServerProcess, type ServerSetup } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

/** Eight ways, thirteen times each: see the fixture. */
const REJECTIONS = 104;

function started(plugin: string, setup: ServerSetup = {}): Promise<ServerProcess> {
  return ServerProcess.started({
    panotti: 'plugins:\n  directories: [../plugins]\n',
    pluginFolders: [plugin, 'greeter'],
    ...setup,
  });
}

/** The lines of what was counted that have this text. */
async function strayErrors(server: ServerProcess, text = ''): Promise<string[]> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const lines = metrics.split('\n').filter((line) => line.startsWith('panotti_stray_errors_total{'));
  return lines.filter((line) => line.includes(text)).toSorted();
}

/** While it is imported it tries to take over the working directory and exceptions, and tells what became of that. */
const TAKES_ALL = `
  import { Logger } from '@nestjs/common';
  import { Plugin } from 'panotti';
  const attempt = (call) => { try { call(); } catch ({ code }) { return code; } };
  const codes = [attempt(() => process.chdir('/')), attempt(() => process.setUncaughtExceptionCaptureCallback(() => undefined))];
  export class TakingPlugin {
    onModuleInit() {
      new Logger('Taking').log(codes.join(' ') + ' in ' + process.cwd());
    }
  }
  Plugin({ name: 'takes-all', version: '1.0.0' })(TakingPlugin);`;

describe('plugins that the server survives', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await started('rejects-in-a-timer', {
      pluginFolders: ['rejects-in-a-timer', 'leaks-listeners', 'greeter'],
      pluginFiles: { 'takes-all.mjs': TAKES_ALL },
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('F-21 are named for 104 rejections of eight kinds that they do not handle; the plugin is suspended, and the server goes on [row: rejects]', async () => {
    await using prober = await HealthProber.of(server);
    // All at once: at the third the plugin is suspended.
    const ofTheOther = fetch(`${server.url}/api/greeter/greeting`);
    await fetch(`${server.url}/api/rejects-in-a-timer/all`);
    expect((await ofTheOther).status).toBe(200);
    const lines = await waitFor(async () => {
      const found = await strayErrors(server, 'kind="unhandled-rejection"');
      return found.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0) === REJECTIONS && found;
    });

    expect(lines).toEqual([
      `panotti_stray_errors_total{plugin="rejects-in-a-timer",kind="unhandled-rejection"} ${REJECTIONS}`,
    ]);
    const line = 'A promise was rejected and nobody handled it in plugin "rejects-in-a-timer": timer';
    expect(await waitFor(() => server.log().find(({ msg }) => msg === line))).toMatchObject({
      level: 'error',
      plugin: 'rejects-in-a-timer',
    });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/api/greeter/greeting`)).status).toBe(200);
    const { details } = (await (await fetch(`${server.url}/health`)).json()) as {
      details: Record<string, { state: string }>;
    };
    expect(details['rejects-in-a-timer']?.state).toBe('suspended');
    await prober.verify();
  });

  it('F-21 cannot change the working directory, are told so, and are named [row: changes-directory]', async () => {
    const where = async (): Promise<unknown> => (await fetch(`${server.url}/api/leaks-listeners`)).json();
    const before = await where();
    const answer = await (await fetch(`${server.url}/api/leaks-listeners/move`, { method: 'POST' })).json();

    expect(answer).toMatchObject({
      code: 'WORKING_DIRECTORY_FIXED',
      message: expect.stringContaining('"leaks-listeners" called process.chdir'),
    });
    expect(await where()).toEqual(before);
    expect(server.log()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        plugin: 'leaks-listeners',
        msg: expect.stringContaining('was to be changed'),
      }),
    );
    expect(await strayErrors(server, 'leaks-listeners",kind="working-directory"')).toEqual([
      'panotti_stray_errors_total{plugin="leaks-listeners",kind="working-directory"} 1',
    ]);
  });

  it('F-21 can change neither the working directory nor what becomes of exceptions while they are imported, and are named [row: captures-exceptions]', async () => {
    expect(server.log()).toContainEqual(
      expect.objectContaining({
        msg: `WORKING_DIRECTORY_FIXED EXCEPTION_CAPTURE_REFUSED in ${await realpath(server.directory)}`,
      }),
    );
    expect(await strayErrors(server, 'takes-all')).toEqual([
      'panotti_stray_errors_total{plugin="takes-all",kind="exception-capture"} 1',
      'panotti_stray_errors_total{plugin="takes-all",kind="working-directory"} 1',
    ]);
  });

  it('F-21 are named when their listeners pile up, and go on [row: warns]', async () => {
    await using prober = await HealthProber.of(server);
    expect((await fetch(`${server.url}/api/leaks-listeners/listen`, { method: 'POST' })).status).toBe(201);
    const finding = await waitFor(() => server.log().find(({ msg }) => msg.startsWith('Listeners are added')));

    expect(finding).toMatchObject({
      level: 'warn',
      plugin: 'leaks-listeners',
      msg: expect.stringContaining('11 leaked listeners added to [process]'),
    });
    expect(await strayErrors(server, 'leaks-listeners",kind="listener-leak"')).toEqual([
      'panotti_stray_errors_total{plugin="leaks-listeners",kind="listener-leak"} 1',
    ]);
    await prober.verify();
    expect((await fetch(`${server.url}/api/leaks-listeners`)).status).toBe(200);
  });

  it('F-21 are counted for nobody else, and do not change how the server ends: in order, with 0', async () => {
    expect(await strayErrors(server)).toEqual([
      'panotti_stray_errors_total{plugin="leaks-listeners",kind="listener-leak"} 1',
      'panotti_stray_errors_total{plugin="leaks-listeners",kind="working-directory"} 1',
      `panotti_stray_errors_total{plugin="rejects-in-a-timer",kind="unhandled-rejection"} ${REJECTIONS}`,
      'panotti_stray_errors_total{plugin="takes-all",kind="exception-capture"} 1',
      'panotti_stray_errors_total{plugin="takes-all",kind="working-directory"} 1',
    ]);
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
  });
});

describe('an error that nobody handles', () => {
  it('F-21 is attributed to its plugin in each of ten ways to throw, of which the last come when the server stops already [row: throws]', async () => {
    await using server = await started('throws-in-a-timer', {
      panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  drainDelay: 600\n',
    });
    await fetch(`${server.url}/api/throws-in-a-timer/all`).catch(() => undefined);
    const thrown = (): unknown[] =>
      server.log().flatMap(({ level, plugin, msg }) => {
        const text = /^An exception was thrown and nobody caught it(?: in plugin "throws-in-a-timer")?: (.*)/.exec(
          msg,
        )?.[1];
        return text === undefined ? [] : [[text, level, plugin]];
      });
    await waitFor(() => thrown().length >= 10);

    expect(thrown().toSorted()).toEqual(
      [
        'A value that is no Error was thrown: notAnError',
        "ENOENT: no such file or directory, open '/no/such/file'",
        'connect ECONNREFUSED 127.0.0.1:1',
        'emitter',
        'fileCallback',
        'immediate',
        'listener',
        'microtask',
        'nextTick',
        'timer',
      ].map((text) => [text, 'fatal', 'throws-in-a-timer']),
    );
  });

  // What comes after the attribution is the same for all: an error, one that an emitter throws by itself, and what is no error.
  it.each(['timer', 'emitter', 'notAnError'])(
    'F-21 is attributed to its plugin when it is an exception, and the server stops in order and ends with 70: %s [row: throws]',
    async (way) => {
      await using server = await started('throws-in-a-timer');
      await fetch(`${server.url}/api/throws-in-a-timer/${way}`).catch(() => undefined);

      expect(await server.exitCode()).toBe(70);
      const log = server.log();
      expect(log).toContainEqual(
        expect.objectContaining({
          level: 'fatal',
          plugin: 'throws-in-a-timer',
          msg: expect.stringMatching(/^An exception was thrown and nobody caught it in plugin "throws-in-a-timer": /),
        }),
      );
      expect(log.filter(({ msg }) => /^Plugin ".*" is stopped/.test(msg))).toHaveLength(6);
      expect(log.at(-1)).toMatchObject({ msg: 'Stopped.' });
    },
  );

  it.each(['rejects', 'throws'])(
    'F-21 is attributed to its plugin in at least 95 of 100 ways to go astray, begun in routes, hooks, factories and handlers: one that %s',
    async (how) => {
      // The server that an exception stops goes on for long enough to see them all.
      await using server = await started('strays', {
        panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  drainDelay: 2\n',
      });
      await using prober = await HealthProber.of(server);
      const names = (await (await fetch(`${server.url}/api/strays/names`)).json()) as string[];
      await fetch(`${server.url}/api/strays/${how}`, { method: 'POST' }).catch(() => undefined);
      const told = (): [name: string, plugin: string | undefined][] =>
        server.log().flatMap(({ msg }) => {
          const found =
            /nobody (?:handled|caught) it(?: in plugin "(.*?)")?: (?:A value that is no Error was thrown: )?(.*)$/.exec(
              msg,
            );
          return found ? [[found[2] ?? '', found[1]]] : [];
        });
      await waitFor(() => names.every((name) => told().some(([other]) => other === name)));
      await prober.verify();
      const attributed = told().filter(([, plugin]) => plugin === 'strays');

      expect(names.length).toBeGreaterThanOrEqual(30);
      expect(attributed.length / told().length).toBeGreaterThanOrEqual(0.95);
      // None of them is known to be missed today.
      expect(told().filter(([, plugin]) => plugin !== 'strays')).toEqual([]);
    },
  );

  it('F-21 is attributed to nobody when it comes from no plugin', async () => {
    const strayed = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("of nobody")})';
    await using server = await started('throws-in-a-timer', { nodeArgs: ['--import', strayed] });
    server.signal('SIGUSR2');

    expect(await server.exitCode()).toBe(70);
    const told = server.log().find(({ level }) => level === 'fatal');
    expect(told).toMatchObject({ msg: 'An exception was thrown and nobody caught it: of nobody' });
    expect(told).not.toHaveProperty('plugin');
  });
});

describe('a plugin that ends the process', () => {
  it('F-21 is named with the place in its code, and the exit code says that this was no clean end', async () => {
    await using server = await started('exits-the-process');
    await fetch(`${server.url}/api/exits-the-process/now`).catch(() => undefined);

    expect(await server.exitCode()).toBe(70);
    expect(server.log()).toContainEqual(
      expect.objectContaining({
        level: 'fatal',
        plugin: 'exits-the-process',
        msg: expect.stringContaining('in plugin "exits-the-process"'),
        err: expect.objectContaining({ stack: expect.stringMatching(/plugins\/exits-the-process\/index\.js:7:/) }),
      }),
    );
  });
});

describe('a plugin that treats the process as its own', () => {
  it('F-21 cannot keep an exception from the log, which ends the server with 70, also while it stops [row: throws]', async () => {
    const text = `
      import { Plugin } from 'panotti';
      export class HidingPlugin {
        onModuleDestroy() {
          try { process.setUncaughtExceptionCaptureCallback(() => undefined); } catch {}
          setTimeout(() => { throw new Error('hidden'); });
          return new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      Plugin({ name: 'hides-all', version: '1.0.0' })(HidingPlugin);`;
    await using server = await ServerProcess.started({
      panotti: 'plugins:\n  directories: [../plugins]\n',
      pluginFiles: { 'hides-all.mjs': text },
    });
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(70);
    const told = 'An exception was thrown and nobody caught it in plugin "hides-all": hidden';
    expect(server.log()).toContainEqual(expect.objectContaining({ level: 'fatal', plugin: 'hides-all', msg: told }));
    expect(server.log().some(({ msg }) => msg === 'Plugin "hides-all" is stopped.')).toBe(true);
  });
});
