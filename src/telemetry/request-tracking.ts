/** Gives each HTTP request its correlation id and its context, and writes one line when it is over. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { runInContext } from './active-context.js';
import { CORRELATION_HEADER, correlationIdOf } from './correlation-id.js';
import type { RootLogger } from './root-logger.js';

/** Asked for every few seconds by machines; their lines would bury the rest. */
const POLLED = /^\/(?:metrics|health)(?:\/|$)/;

/** Adds the hook; to be called before the server listens. Fastify itself carries the context over the reading of a body. */
export function trackRequests(server: FastifyInstance, logger: RootLogger): void {
  server.addHook('onRequest', (request, reply, done) => {
    const correlationId = correlationIdOf(request);
    // On Node's response, so that it is also there when a middleware answers without Fastify.
    reply.raw.setHeader(CORRELATION_HEADER, correlationId);
    reply.raw.once('close', () => {
      runInContext({ correlationId }, () => logFinished(logger, request, { status: reply.raw.statusCode, ms: reply.elapsedTime }));
    });
    runInContext({ correlationId }, done);
  });
}

function logFinished(logger: RootLogger, request: FastifyRequest, outcome: { readonly status: number; readonly ms: number }): void {
  const path = request.url.split('?', 1)[0] ?? '';
  const level = POLLED.test(path) ? 'trace' : 'info';
  const fields = { context: 'Http', method: request.method, url: path, status: outcome.status, ms: Math.round(outcome.ms * 10) / 10 };
  logger[level](fields, 'request finished');
}
