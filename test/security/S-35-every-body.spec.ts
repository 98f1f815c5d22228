/**
 * S-35: every kind of body with every content type at every route of the server, and of a plugin that has each kind of parameter. Nothing of
 * it may crash the server, be a failure of it, reach a handler unvalidated, hang, or leave memory behind.
 */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  BODIES,
  MULTIPART_BODIES,
  MULTIPART_TYPES,
  ODD_BODIES,
  ODD_BODY_TYPES,
  storm,
  type Target,
} from '../support/body-storm.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

/** Deadlines are short, so that the bodies that never end take little time. The watchdog would report a machine that is busy. */
const panotti = `
plugins:
  directories: [../plugins]
http:
  headersTimeout: 2s
  bodies: { maxBytes: 64KiB, maxKeys: 5000, timeout: 1s, idleTimeout: 500ms, rateWindow: 1s, minRate: 1KiB }
telemetry:
  watchdog: false
`;
/** Beyond all deadlines of the server, on a machine that is busy too. */
const GIVE_UP_MS = 60_000;
/** Requests at a time, those apart that the server answers only at a deadline. */
const PARALLEL = { swift: 50, slow: 1_000 };
const MIB = 1024 * 1024;

async function json<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

const external = async (server: ServerProcess): Promise<number> =>
  (await json<{ external: number }>(`${server.url}/api/takes-bodies/memory?collect=yes`)).external;

/** Every route that the server has, from its own description; and some that no description has. */
async function targetsOf(server: ServerProcess): Promise<Target[]> {
  const { paths } = await json<{ paths: Record<string, Record<string, unknown>> }>(`${server.url}/docs-json`);
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, '7') })),
  );
  const { id } = (await (await fetch(`${server.url}/api/recordings`, { method: 'POST' })).json()) as { id: string };
  return [
    ...described,
    { method: 'PUT', path: `/api/recordings/${id}/audio` },
    { method: 'POST', path: `/api/recordings/${id}/end` },
    { method: 'GET', path: '/metrics' },
    { method: 'GET', path: '/docs' },
    { method: 'POST', path: '/no/such/route' },
    { method: 'POST', path: '/api/recordings/no/such/route' },
    { method: 'POST', path: '/api/no-such-plugin' },
    { method: 'POST', path: '/api/takes-bodies/around/7?__proto__=a&__proto__=b' },
    { method: 'POST', path: '/api/takes-bodies/around/7?url=a&url=b&constructor=5' },
  ];
}

describe('S-35 a body', () => {
  it('S-35 of any kind at any route is answered, below 500 and within its deadline, reaches no handler unvalidated, and leaves nothing', async () => {
    await using server = await ServerProcess.started({
      panotti,
      pluginFolders: ['takes-bodies'],
      nodeArgs: ['--expose-gc'],
    });
    const targets = await targetsOf(server);
    expect(targets.length).toBeGreaterThan(40);
    const short = { url: new URL(server.url), giveUpMs: GIVE_UP_MS, parallel: PARALLEL };
    await storm({ ...short, targets: targets.slice(0, 2) });
    const before = await external(server);

    const { requests, statuses, problems } = await storm({ ...short, targets });
    const odd = await storm({ ...short, targets, types: ODD_BODY_TYPES, bodies: ODD_BODIES });

    const multipart = await storm({ ...short, targets, types: MULTIPART_TYPES, bodies: MULTIPART_BODIES });

    expect([...problems, ...odd.problems, ...multipart.problems].slice(0, 20)).toEqual([]);
    expect(requests).toBeGreaterThanOrEqual(40 * 30 * 12);
    // Each of these has come about, or the storm has not been one.
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '201', '400', '404', '408', '413', '415']));
    expect(await json(`${server.url}/api/takes-bodies/wrong`)).toEqual([]);
    expect(server.log().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    await waitFor(async () => (await external(server)) < before + 5 * MIB, 60_000);
    server.signal('SIGTERM');
    expect([await server.exitCode(), server.stderr]).toEqual([0, '']);
  });

  it.each<[string, Parameters<typeof createServer>[1], RegExp]>([
    ['fails', (_request, response) => void response.writeHead(500).end('{}'), /: status 500$/],
    [
      'waits for the end of a body that has none',
      (request, response) => void request.resume().once('end', () => response.end()),
      /dripping: no answer$/,
    ],
    [
      'does not end its answer',
      (_request, response) => void response.writeHead(200, { 'content-length': 9 }).write('half'),
      /valid: status 200 and an answer without its end$/,
    ],
    ['hangs up', (request) => void request.destroy(), /valid: no answer$/],
    [
      'shows its code',
      (_request, response) =>
        void response.writeHead(400, { 'content-length': 31 }).end('{"message":"x\\n    at f (a.js)"}'),
      /a stack or a path/,
    ],
    [
      'answers in another shape',
      (_request, response) => void response.writeHead(404, { 'content-length': 9 }).end('Not Found'),
      /another shape: Not Found$/,
    ],
  ])('S-35 is found out where a server %s', async (_what, listener, problem) => {
    const server: Server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { valid, dripping } = BODIES;
    const bodies = { valid: valid as NonNullable<typeof valid>, dripping: dripping as NonNullable<typeof dripping> };
    const { problems } = await storm({
      url,
      targets: [{ method: 'POST', path: '/' }],
      types: [['image/png']],
      bodies,
      giveUpMs: 1_000,
      parallel: { swift: 1, slow: 1 },
    });
    server.closeAllConnections();
    server.close();

    expect(problems.join('\n')).toMatch(new RegExp(problem.source, 'm'));
  });
});
