/** One failure gives one line at level `error`: a reader of the log counts failures by it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogRecord, ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const NAME = 'fails-everywhere';
const FAILING = `${NAME}:\n  settings:\n    failsToStart: true\n`;
const RIGHT = `${NAME}:\n  settings:\n    failsToStart: false\n`;
const PANOTTI = 'plugins:\n  directories: [../plugins]\n';

const started = (plugins: string): Promise<ServerProcess> =>
  ServerProcess.started({ panotti: PANOTTI, plugins, pluginFolders: [NAME] });

/** Runs `fail`, and gives the error lines from then until `isOver` is true and another request has been logged. */
async function errorsOf(
  server: ServerProcess,
  fail: () => unknown,
  isOver: (lines: LogRecord[]) => boolean,
): Promise<LogRecord[]> {
  const before = server.log().length;
  const since = (): LogRecord[] => server.log().slice(before);
  await fail();
  await waitFor(() => isOver(since()));
  // What a failure logs late has been logged by the time of two more requests that go through the store.
  for (const round of [1, 2]) {
    await fetch(`${server.url}/api/example/${round}`);
    await waitFor(() => since().some(({ url }) => url === `/api/example/${round}`));
  }
  return since().filter(({ level }) => level === 'error');
}

const isAbout = (text: string) => (lines: LogRecord[]) => lines.some(({ msg }) => msg.includes(text));

describe('the log of a server whose plugin fails', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await started(RIGHT);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const get = (way: string) => () => fetch(`${server.url}/api/${NAME}/${way}`);
  const reload = (text: string) => async () => {
    await writeFile(join(server.directory, 'config', 'plugins.yaml'), text);
    server.signal('SIGHUP');
  };

  it.each<[string, () => unknown, string, string]>([
    ['a request', get('request'), '/api/fails-everywhere/request', 'request finished'],
    ['a handler in memory', get('memory'), 'The handler in memory fails.', 'fails. Given up after 1 attempt.'],
    [
      'a durable handler',
      get('durable'),
      'Given up after 2 attempts',
      'fails. Given up after 2 attempts: it is a dead letter of "fails-everywhere.onStored" now.',
    ],
    [
      'a reload of a broken file',
      reload(`${NAME}:\n  settings:\n    failsToStart: 5\n    other: 1\n`),
      'was not reloaded',
      'The configuration has 2 problems: config/plugins.yaml:3:19  plugins.fails-everywhere.settings.failsToStart: must be a boolean value',
    ],
    [
      'a reload of a file that is not YAML',
      reload(`${NAME}: {\n`),
      'was not reloaded',
      'everything goes on as before. The configuration has 1 problem: config/plugins.yaml:',
    ],
    [
      'a reload after which a plugin does not start',
      reload(FAILING),
      'Configuration reloaded',
      'Plugin "fails-everywhere" is failed: It cannot start: settings: port: is taken',
    ],
  ])('has one error line, with its cause in the first line of it: %s', async (_title, fail, sign, text) => {
    const isOver = sign.startsWith('/')
      ? (lines: LogRecord[]): boolean => lines.some(({ url }) => url === sign)
      : isAbout(sign);
    const errors = await errorsOf(server, fail, isOver);

    expect(errors.map(({ msg }) => msg.split('\n', 1)[0])).toEqual([expect.stringContaining(text)]);
  });
});

describe('the log of a start', () => {
  it('has one error line for a plugin that cannot start', async () => {
    await using server = await started(FAILING);
    const errors = server.log().filter(({ level }) => level === 'error');

    expect(errors).toMatchObject([
      { plugin: NAME, msg: 'Plugin "fails-everywhere" is failed: It cannot start: settings: port: is taken' },
    ]);
    expect(
      isAbout(`"${NAME}" is failed: It cannot start: settings: port: is taken`)(
        server.log().filter(({ level }) => level === 'warn'),
      ),
    ).toBe(true);
  });
});
