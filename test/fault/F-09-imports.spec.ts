/** What a plugin does to the process while it is imported, on the built server. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ServerProcess, type ServerSetup } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const ROOT = join(import.meta.dirname, '../..');

function withPlugin(name: string): ServerSetup {
  return {
    panotti: 'plugins:\n  directories: [../plugins]\n  importTimeout: 300ms\n',
    pluginFolders: [name, 'greeter'],
  };
}

interface Ended {
  readonly code: number;
  readonly out: string;
}

/** `panotti <args>` on the configuration of a server that has ended. */
function command(server: ServerProcess, ...args: string[]): Promise<Ended> {
  const env = { ...process.env, PANOTTI_CONFIG_DIR: join(server.directory, 'config'), PANOTTI_DATA_DIR: join(server.directory, 'data') };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'dist/cli/panotti.js'), ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out: out + err });
    });
  });
}

describe('F-09 a plugin that does harm while it is imported', () => {
  it.each([
    ['exits-on-import', 'PLUGIN_IMPORT_ENDS_PROCESS'],
    ['hangs-on-import', 'PLUGIN_IMPORT_TIMEOUT'],
    ['loops-on-import', 'PLUGIN_IMPORT_BLOCKED'],
    ['throws-on-import', 'PLUGIN_IMPORT_FAILED'],
  ])('F-09 is named and does not start, in the server and in the commands, and the others start: %s', async (name, code) => {
    await using server = await ServerProcess.started(withPlugin(name));
    expect((await fetch(`${server.url}/api/greeter/greeting`)).status).toBe(200);
    expect(server.log().find(({ msg }) => msg.includes(code))?.msg).toContain(name);
    server.signal('SIGTERM');
    expect(await server.exitCode()).toBe(0);
    const list = await command(server, 'plugins', 'list');
    const check = await command(server, 'config', 'check');

    expect([list.code, check.code]).toEqual([0, 0]);
    expect(`${list.out}${check.out}`).toContain(code);
    expect(list.out).toContain('greeter');
  });

  it('F-09 is named with its place where it blocks the event loop, and SIGTERM ends the server all the same', async () => {
    await using server = await ServerProcess.spawn(withPlugin('loops-on-import'));
    const line = await waitFor(() => server.log().find(({ level }) => level === 'fatal'), 60_000);
    server.signal('SIGTERM');

    expect(line).toMatchObject({ plugin: 'loops-on-import', msg: expect.stringContaining('loops-on-import/loops.js:1') });
    expect(await server.exitCode()).toBe(0);
  });
});
