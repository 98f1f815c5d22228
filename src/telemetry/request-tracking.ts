/** Gives each HTTP request its correlation id and its context, and writes one line when it is over. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { runInContext } from './active-context.js';
import { CORRELATION_HEADER, correlationIdOf } from './correlation-id.js';
import type { RootLogger } from './root-logger.js';

/** Asked for every few seconds by machines; their lines would bury the rest. */
const POLLED = /^\/(?:metrics|health)(?:[/?]|$)/;

/** Adds the hook; to be called before the server listens. Fastify itself carries the context over the reading of a body. */
export function trackRequests(server: FastifyInstance, logger: RootLogger): void {
  server.addHook('onRequest', (request, reply, done) => {
    const correlationId = correlationIdOf(request);
    // On Node's response, so that it is also there when a middleware answers without Fastify.
    reply.raw.setHeader(CORRELATION_HEADER, correlationId);
    const level = levelOf(request.url);
    // For a line that nobody gets, nothing is made.
    if (logger.isLevelEnabled(level)) {
      reply.raw.once('close', () => {
        const finished = finishedFields(request, { status: reply.raw.statusCode, ms: reply.elapsedTime });
        runInContext({ correlationId }, () => logger[level](finished, 'request finished'));
      });
    }
    runInContext({ correlationId }, done);
  });
}

function levelOf(url: string): 'trace' | 'info' {
  return POLLED.test(url) ? 'trace' : 'info';
}

function finishedFields(request: FastifyRequest, outcome: { readonly status: number; readonly ms: number }): object {
  const url = request.url.split('?', 1)[0] ?? '';
  return { context: 'Http', method: request.method, url, status: outcome.status, ms: Math.round(outcome.ms * 10) / 10 };
}
