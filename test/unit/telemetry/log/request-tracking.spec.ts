import { fastify, type FastifyReply } from 'fastify';
import { pino } from 'pino';
import { activeContext, runInContext } from '../../../../src/telemetry/context/active-context.js';
import { AppLogger } from '../../../../src/telemetry/log/app-logger.js';
import { type RequestLogScope, trackRequests } from '../../../../src/telemetry/log/request-tracking.js';

const PATHS = [
  '/orders',
  '/api/recordings/1',
  '/api',
  '/apis',
  '/internal/health/ready',
  '/internal/metrics?x=1',
  '/health',
] as const;

/** The lines that requests for all of the paths leave, as `level path`. */
async function linesFor(log: RequestLogScope['log']): Promise<string[]> {
  const lines: string[] = [];
  const write = (line: string): void => {
    const { level, url } = JSON.parse(line) as { level: number; url: string };
    lines.push(`${pino.levels.labels[level]} ${url}`);
  };
  const server = fastify();
  trackRequests(server, pino({ level: 'trace' }, { write }), {
    log,
    plugins: '/api',
    health: '/internal/health',
    metrics: '/internal/metrics',
  });
  server.get('*', () => 'answer');
  for (const path of PATHS) await server.inject(path);
  await server.close();
  return lines;
}

describe('the lines of the log about requests', () => {
  const polled = ['trace /internal/health/ready', 'trace /internal/metrics'];

  it.each<[RequestLogScope['log'], string[]]>([
    ['all', ['info /orders', 'info /api/recordings/1', 'info /api', 'info /apis', ...polled, 'info /health']],
    ['plugins', ['info /api/recordings/1', 'info /api', ...polled]],
    ['none', []],
  ])('are those that the scope "%s" asks for', async (log, expected) => {
    expect(await linesFor(log)).toEqual(expected);
  });
});

describe('the line of a request', () => {
  const failure = new Error('the till is empty');

  it.each<[what: string, status: number, expected: object]>([
    ['is an info line for an answer', 200, { level: 'info', status: 200 }],
    ['is an info line for a mistake of the client', 404, { level: 'info', status: 404 }],
    ['is an error line for a 500', 500, { level: 'error', status: 500 }],
    ['is an error line for a 502', 502, { level: 'error', status: 502 }],
    ['is an info line for a plugin that is about to come back', 503, { level: 'info', status: 503 }],
  ])('%s', async (_what, status, expected) => {
    expect(await recordsOf((reply) => reply.code(status).send())).toEqual([
      { ...expected, remoteAddress: '127.0.0.1' },
    ]);
  });

  it('has the error that Nest would write a line of its own for, so that a failure is one line, under the plugin', async () => {
    const records = await recordsOf((reply, logger) => {
      runInContext({ plugin: 'shop' }, () => logger.error(failure, 'ExceptionsHandler'));
      return reply.code(500).send();
    });

    expect(records).toEqual([
      { level: 'error', status: 500, remoteAddress: '127.0.0.1', plugin: 'shop', message: 'the till is empty' },
    ]);
  });

  it('leaves an error outside of a request to a line of its own', () => {
    const lines: string[] = [];
    const root = pino({ formatters: { level: (label) => ({ level: label }) } }, { write: (line) => lines.push(line) });
    new AppLogger(root).error(failure, 'ExceptionsHandler');

    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'error', msg: 'the till is empty' },
    ]);
  });
});

/** Fields of all lines that one request leaves. */
async function recordsOf(answer: (reply: FastifyReply, logger: AppLogger) => unknown): Promise<object[]> {
  const records: object[] = [];
  const write = (line: string): void => {
    const { level, status, remoteAddress, plugin, err } = JSON.parse(line) as Record<string, unknown>;
    const message = (err as { message?: string } | undefined)?.message;
    records.push(
      Object.fromEntries(
        Object.entries({ level, status, remoteAddress, plugin, message }).filter(([, value]) => value !== undefined),
      ),
    );
  };
  const root = pino(
    { formatters: { level: (label) => ({ level: label }) }, mixin: () => ({ plugin: activeContext()?.plugin }) },
    { write },
  );
  const server = fastify();
  trackRequests(server, root, { log: 'all', plugins: '/api', health: '/health', metrics: '/metrics' });
  server.get('/', (_request, reply) => answer(reply, new AppLogger(root)));
  await server.inject('/');
  await server.close();
  return records;
}
