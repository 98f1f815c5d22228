import { createServer } from 'node:net';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const AUDIO = join(import.meta.dirname, '../fixtures/audio/noisy-speech.wav');

describe('the built server', () => {
  describe('with plugins of its own and plugins of an operator', () => {
    const topLevel = `import { Logger } from '@nestjs/common';
      import { Plugin } from 'panotti';
      Logger.warn('a static line');
      new Logger('Early').error('a line of an instance', new Error('early').stack);
      class Early {}
      Plugin({ name: 'early', version: '1.0.0' })(Early);
      export { Early };`;
    let server: ServerProcess;
    beforeAll(async () => {
      server = await ServerProcess.started({
        panotti: 'plugins:\n  directories: [../plugins]\n',
        plugins: 'greeter:\n  settings:\n    greeting: ${GREETING:-Welcome}\n',
        pluginFolders: ['greeter'],
        pluginFiles: { 'early.mjs': topLevel },
      });
    });
    afterAll(() => server[Symbol.asyncDispose]());

    it('serves health, metrics, the OpenAPI page and the routes of its plugins', async () => {
      const status = async (path: string) => (await fetch(`${server.url}${path}`)).status;
      const openApi = (await (await fetch(`${server.url}/docs-json`)).json()) as { paths: Record<string, object> };
      const metrics = await (await fetch(`${server.url}/metrics`)).text();

      for (const path of [
        '/health',
        '/health/live',
        '/health/ready',
        '/health/startup',
        '/health/plugins/recordings',
        '/docs',
        '/api/example',
      ]) {
        expect([path, await status(path)]).toEqual([path, 200]);
      }
      expect(Object.keys(openApi.paths)).toEqual(
        expect.arrayContaining(['/api/recordings', '/api/recordings/{id}/audio']),
      );
      expect(metrics).toContain('panotti_plugin_state{plugin="recordings",state="ready"} 1');
      expect(await status('/api/no-such-plugin')).toBe(404);
    });

    it('finds, starts and serves a plugin folder without node_modules outside of the project', async () => {
      expect(await (await fetch(`${server.url}/api/greeter/greeting`)).json()).toEqual({ text: 'Welcome!' });
    });

    it('writes what plugins log at their top level into its log, in the form of the log', () => {
      expect(server.log().filter(({ msg }) => /^a (?:static )?line/.test(msg))).toMatchObject([
        { level: 'warn', msg: 'a static line' },
        { level: 'error', msg: 'a line of an instance', context: 'Early' },
      ]);
      expect(server.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
    });

    it('leaves nothing half-written when a client goes away in the middle of an upload', async () => {
      const { id } = (await (await fetch(`${server.url}/api/recordings`, { method: 'POST' })).json()) as { id: string };
      const abort = new AbortController();
      const wave = await readFile(AUDIO);
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(wave.subarray(0, 50_000));
          setImmediate(() => abort.abort());
        },
      });
      const init = {
        method: 'PUT',
        body,
        duplex: 'half',
        signal: abort.signal,
        headers: { 'content-type': 'audio/wav' },
      };
      await expect(fetch(`${server.url}/api/recordings/${id}/audio`, init as RequestInit)).rejects.toThrow();

      await waitFor(
        async () => (await readdir(join(server.directory, 'data/plugins/recordings/incoming'))).length === 0,
      );
      expect(await readdir(join(server.directory, 'data/plugins/recordings/audio'))).toEqual([]);
      expect((await fetch(`${server.url}/api/recordings/${id}/end`, { method: 'POST' })).status).toBe(409);
    });

    it('reads its files again at SIGHUP, and restarts only the plugin that they change', async () => {
      const file = join(server.directory, 'config', 'plugins.yaml');
      const greeting = async (): Promise<unknown> => (await fetch(`${server.url}/api/greeter/greeting`)).json();
      const before = await greeting();

      await writeFile(file, 'greeter:\n  settings:\n    greeting: 7\n');
      server.signal('SIGHUP');
      await waitFor(() =>
        server
          .log()
          .some(({ msg }) => /not reloaded[^]*plugins\.yaml:3:15 {2}plugins\.greeter\.settings\.greeting/.test(msg)),
      );
      expect(await greeting()).toEqual(before);

      await writeFile(file, 'greeter:\n  settings:\n    greeting: Ahoy\n');
      server.signal('SIGHUP');
      await waitFor(() => server.log().some(({ msg }) => msg === 'Configuration reloaded; restarted: greeter.'));
      expect(await greeting()).toEqual({ text: 'Ahoy!' });
      expect(server.log().filter(({ msg }) => msg === 'Plugin "recordings" is ready.')).toHaveLength(1);
    });
  });

  it('reports what is wrong with a plugin and goes on with the others', async () => {
    await using server = await ServerProcess.started({
      panotti: 'plugins:\n  directories: [../plugins]\n',
      plugins: 'greeter:\n  settings:\n    greting: Hi\nrecordngs:\n  enabled: true\n',
      pluginFolders: ['greeter', 'throws-on-import'],
    });
    const report = server.log().find(({ context, level }) => context === 'Server' && level === 'warn')?.msg ?? '';

    expect(report).toMatch(/plugins\.yaml:3:5 +plugins\.greeter\.settings\.greting: .*did you mean "greeting"/);
    expect(report).toMatch(/plugins\.yaml:4:1 .*did you mean "recordings"/);
    expect(report).toContain('throws-on-import');
    expect((await fetch(`${server.url}/api/greeter/greeting`)).status).toBe(503);
    expect((await fetch(`${server.url}/api/recordings`)).status).toBe(200);
  });

  it('ends with 78 and the report when it is told to be strict and a plugin is wrong', async () => {
    await using server = await ServerProcess.spawn({ plugins: 'recordings:\n  enabled: maybe\n', args: ['--strict'] });

    expect(await server.exitCode()).toBe(78);
    expect(server.stderr).toMatch(/plugins\.yaml:2:12 +plugins\.recordings\.enabled: /);
  });

  it.each([
    ['panotti.yaml is no YAML', { panotti: 'http: [\n' }, /panotti\.yaml:\d+:\d+/],
    ['plugins.yaml is no YAML', { plugins: 'example: {\n' }, /plugins\.yaml:\d+:\d+/],
    [
      'panotti.yaml has an unknown key',
      { panotti: 'htttp:\n  port: 1\n' },
      /panotti\.yaml:1:1 +htttp: .*did you mean "http"/,
    ],
    [
      'panotti.yaml has a wrong value',
      { panotti: 'lifecycle:\n  startTimeout: soon\n' },
      /panotti\.yaml:2:17 +lifecycle\.startTimeout: /,
    ],
    ['PORT is no number', { env: { PORT: 'eighty' } }, /PORT/],
  ])('ends with 78 and one clear report when %s', async (_title, setup, expected) => {
    await using server = await ServerProcess.spawn(setup);

    expect(await server.exitCode()).toBe(78);
    expect(server.stderr).toMatch(expected);
    expect(server.stderr).not.toMatch(/\n\s+at /);
  });

  it('says so in one sentence when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await using server = await ServerProcess.spawn({ env: { PORT: String(port) } });

    expect(await server.exitCode()).toBe(78);
    expect(server.stderr).toContain(
      `HTTP_ADDRESS_UNAVAILABLE: The server cannot listen: 127.0.0.1:${port} is in use by another program.`,
    );
    other.close();
  });

  it('refuses a Node that is too old with one clear line', async () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.11.0"})';
    await using server = await ServerProcess.spawn({ nodeArgs: ['--import', pretend] });

    expect(await server.exitCode()).toBe(78);
    expect(server.stderr).toBe('Panotti needs Node 24.15 or newer; this is 20.11.0.\n');
  });

  it('refuses an argument that it does not know', async () => {
    await using server = await ServerProcess.spawn({ args: ['--sctrict'] });

    expect(await server.exitCode()).toBe(64);
    expect(server.stderr).toContain('--sctrict');
  });

  it('lets work under way finish at Ctrl-C, stops dependents first, and ends with 0', async () => {
    await using server = await ServerProcess.started();
    const { id } = (await (await fetch(`${server.url}/api/recordings`, { method: 'POST' })).json()) as { id: string };
    await fetch(`${server.url}/api/recordings/${id}/audio`, {
      method: 'PUT',
      body: await readFile(AUDIO),
      headers: { 'content-type': 'audio/wav' },
    });
    await fetch(`${server.url}/api/recordings/${id}/end`, { method: 'POST' });
    server.signal('SIGINT');

    expect(await server.exitCode()).toBe(0);
    const cleaned = await readFile(join(server.directory, 'data/plugins/noise-reduction/cleaned', `${id}.wav`));
    expect(cleaned.length).toBeGreaterThan(100_000);
    const stopped = server.log().flatMap(({ msg }) => /^Plugin "(.+)" is stopped/.exec(msg)?.[1] ?? []);
    expect(stopped.indexOf('noise-reduction')).toBeLessThan(stopped.indexOf('recordings'));
    expect(stopped).toHaveLength(4);
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
  });

  it('ends at once with 143 at a second signal', async () => {
    await using server = await ServerProcess.started({ panotti: 'lifecycle:\n  drainDelay: 60\n' });
    server.signal('SIGTERM');
    await waitFor(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
    expect((await fetch(`${server.url}/api/recordings`)).status).toBe(200);
    server.signal('SIGINT');

    expect(await server.exitCode()).toBe(143);
  });
});
