/** What a plugin does to the process while it is imported, on the built server. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ServerProcess, type ServerSetup } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const ROOT = join(import.meta.dirname, '../..');

const HARMFUL = {
  'exits-on-import': 'PLUGIN_IMPORT_ENDS_PROCESS',
  'hangs-on-import': 'PLUGIN_IMPORT_TIMEOUT',
  'loops-on-import': 'PLUGIN_IMPORT_BLOCKED',
  'throws-on-import': 'PLUGIN_IMPORT_FAILED',
};

const ALL = [...Object.keys(HARMFUL), 'greeter'];

function configuration(sources: string): string {
  return `plugins:\n  ${sources}\n  importTimeout: 500ms\n`;
}

interface Ended {
  readonly code: number;
  readonly out: string;
}

/** `panotti <args>` on the configuration of a server that has ended. */
function command(server: ServerProcess, ...args: string[]): Promise<Ended> {
  const env = {
    ...process.env,
    PANOTTI_CONFIG_DIR: join(server.directory, 'config'),
    PANOTTI_DATA_DIR: join(server.directory, 'data'),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'dist/cli/panotti.js'), ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out: out + err });
    });
  });
}

describe('F-09 a plugin that does harm while it is imported', () => {
  it.each<[string, ServerSetup]>([
    ['folders', { panotti: configuration('directories: [../plugins]'), pluginFolders: ALL }],
    ['packages', { panotti: configuration(`packages: [${ALL.join()}]`), packageFolders: ALL }],
  ])(
    'F-09 is named and does not start, in the server and in the commands, and the others start: %s ' +
      '[row: import-throws] [row: import-ends-process] [row: import-waits] [row: import-blocks]',
    async (_from, setup) => {
      await using server = await ServerProcess.started(setup);
      expect((await fetch(`${server.url}/api/greeter/greeting`)).status).toBe(200);
      const report = server.log().find(({ msg }) => msg.includes('PLUGIN_IMPORT_'))?.msg;
      server.signal('SIGTERM');
      expect(await server.exitCode()).toBe(0);
      const list = await command(server, 'plugins', 'list');
      const check = await command(server, 'config', 'check');

      expect([list.code, check.code]).toEqual([0, 78]);
      for (const [name, code] of Object.entries(HARMFUL)) {
        expect(report).toMatch(lineWith(code, name));
        expect(`${list.out}${check.out}`).toMatch(lineWith(code, name));
      }
      expect(list.out).toContain('greeter');
    },
    600_000,
  );

  it('F-09 is named with its place where it blocks the event loop, and SIGTERM ends the server all the same', async () => {
    await using server = await ServerProcess.spawn({
      panotti: configuration('directories: [../plugins]'),
      pluginFolders: ['loops-on-import'],
    });
    const line = await waitFor(() => server.log().find(({ level }) => level === 'fatal'));
    server.signal('SIGTERM');
    // Node hands no signal over to the program that takes its place: one of that very moment has to be sent again.
    const hasEnded = (): boolean => server.child.exitCode !== null || server.child.signalCode !== null;
    await waitFor(() => hasEnded() || server.log().some(({ msg }) => msg.endsWith('plugins are ready.')));
    server.signal('SIGTERM');
    const code = await server.exitCode();

    expect(line).toMatchObject({
      plugin: 'loops-on-import',
      msg: expect.stringContaining('loops-on-import/loops.js:1'),
    });
    // Where it has just begun again without the plugin, Node ends it: a program that starts has no handlers yet.
    expect([code, server.child.signalCode]).toEqual(code === 0 ? [0, null] : [-1, 'SIGTERM']);
  });
});

/** The report of a server that has started. */
const reportOf = (server: ServerProcess): string | undefined =>
  server.log().find(({ msg }) => msg.includes('PLUGIN_IMPORT_'))?.msg;

describe('F-09 plugins that block the event loop once their import waits', () => {
  const FILES = {
    'timer.mjs': 'await new Promise((resolve) => setTimeout(() => { for (;;); }, 5));',
    'immediate.mjs': 'await new Promise((resolve) => setImmediate(() => { for (;;); }));',
    'continuation.mjs': 'await new Promise((resolve) => setTimeout(resolve, 5)); for (;;);',
  };
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.started({
      panotti: configuration('directories: [../plugins]'),
      pluginFiles: FILES,
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(Object.keys(FILES))('F-09 are named and left out, and the server starts: %s', async (file) => {
    expect(reportOf(server)).toMatch(lineWith('PLUGIN_IMPORT_BLOCKED', file));
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });
});

describe('F-09 plugins whose code runs when what they export is looked at', () => {
  const rude = (name: string, body: string): string => `
    import { Plugin } from 'panotti';
    export class Rude { static get name() { ${body} } }
    Plugin({ name: '${name}', version: '1.0.0' })(Rude);`;
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.started({
      panotti: configuration('directories: [../plugins]'),
      pluginFiles: {
        'exits.mjs': rude('exits', 'process.exit(9);'),
        'exits-and-catches.mjs': rude('exits-and-catches', 'try { process.exit(9); } catch {} return "Rude";'),
        'throws.mjs': rude('throws', 'throw new Error("no name");'),
      },
      pluginFolders: ['greeter'],
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([
    ['exits.mjs', 'PLUGIN_IMPORT_ENDS_PROCESS'],
    ['exits-and-catches.mjs', 'PLUGIN_IMPORT_ENDS_PROCESS'],
    ['throws.mjs', 'PLUGIN_IMPORT_FAILED'],
  ])('F-09 are named and left out, and others start: %s, %s [row: import-ends-process]', async (file, code) => {
    expect(reportOf(server)).toMatch(lineWith(code, file));
    expect((await fetch(`${server.url}/api/greeter/greeting`)).status).toBe(200);
  });
});

function lineWith(code: string, name: string): RegExp {
  return new RegExp(`${code}.*${name}`);
}
