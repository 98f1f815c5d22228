/** Gives each HTTP request its correlation id and its context, and writes one line when it is over: at `error` where the server failed. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type RequestInProgress, runInContext } from '../context/active-context.js';
import { CORRELATION_HEADER, correlationIdOf } from '../context/correlation-id.js';
import type { RootLogger } from './root-logger.js';

/** Which requests get a line, and the paths by which they are told apart. */
export interface RequestLogScope {
  readonly log: 'all' | 'plugins' | 'none';
  readonly plugins: string;
  readonly health: string;
  readonly metrics: string;
}

/** Adds the hook; to be called before the server listens. Fastify itself carries the context over the reading of a body. */
export function trackRequests(server: FastifyInstance, logger: RootLogger, scope: RequestLogScope): void {
  server.addHook('onRequest', (request, reply, done) => {
    const correlationId = correlationIdOf(request);
    // On Node's response, so that it is also there when a middleware answers without Fastify.
    reply.raw.setHeader(CORRELATION_HEADER, correlationId);
    const level = levelOf(request.url, scope);
    // For a line that is not written, nothing is made.
    if (level === undefined) return runInContext({ correlationId }, done);
    const inProgress: RequestInProgress = { isOver: false, failure: undefined };
    // The socket forgets its address when it closes.
    const remoteAddress = request.ip;
    reply.raw.once('close', () => {
      inProgress.isOver = true;
      const { plugin, error: err } = inProgress.failure ?? {};
      const written = err !== undefined || isServerError(reply.raw.statusCode) ? 'error' : level;
      if (!logger.isLevelEnabled(written)) return;
      const finished = finishedFields(request, { status: reply.raw.statusCode, ms: reply.elapsedTime, remoteAddress });
      runInContext({ correlationId, plugin }, () =>
        logger[written](err === undefined ? finished : { ...finished, err }, 'request finished'),
      );
    });
    runInContext({ correlationId, request: inProgress }, done);
  });
}

/** 503 is the answer of a server or plugin that stops or starts: it asks to come again, and says nothing of a fault. */
function isServerError(status: number): boolean {
  return status >= 500 && status !== 503;
}

/** Health and metrics are asked for every few seconds by machines; their lines would bury the rest. */
function levelOf(url: string, { log, plugins, health, metrics }: RequestLogScope): 'trace' | 'info' | undefined {
  if (log === 'none') return undefined;
  if (isAt(url, health) || isAt(url, metrics)) return 'trace';
  return log === 'all' || isAt(url, plugins) ? 'info' : undefined;
}

function isAt(url: string, path: string): boolean {
  if (!url.startsWith(path)) return false;
  const next = url[path.length];
  return next === undefined || next === '/' || next === '?';
}

interface FinishedRequest {
  readonly status: number;
  readonly ms: number;
  readonly remoteAddress: string;
}

function finishedFields(request: FastifyRequest, outcome: FinishedRequest): object {
  const url = request.url.split('?', 1)[0] ?? '';
  const { status, remoteAddress } = outcome;
  return { context: 'Http', method: request.method, url, status, ms: Math.round(outcome.ms * 10) / 10, remoteAddress };
}
