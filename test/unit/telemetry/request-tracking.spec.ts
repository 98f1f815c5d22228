import { fastify } from 'fastify';
import { pino } from 'pino';
import { type RequestLogScope, trackRequests } from '../../../src/telemetry/request-tracking.js';

const PATHS = ['/orders', '/api/recordings/1', '/api', '/apis', '/internal/health/ready', '/internal/metrics?x=1', '/health'] as const;

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
