/** Gives all errors of a server one shape: `statusCode`, `error`, `message`. */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Completes what Nest leaves out where an exception has no message of its own (`new UnauthorizedException()`) or is not an HTTP exception at
 * all. A body that a plugin has made itself, with other fields, is left alone.
 */
export function completeErrors(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', (_request, { statusCode }, payload, done) => {
    done(null, statusCode >= 400 && isIncomplete(payload) ? completed(payload, statusCode) : payload);
  });
}

interface Incomplete {
  readonly statusCode: number;
  readonly message: unknown;
}

function isIncomplete(payload: unknown): payload is Incomplete {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'statusCode' in payload &&
    'message' in payload &&
    !('error' in payload)
  );
}

function completed(payload: Incomplete, statusCode: number): object {
  return { ...payload, error: STATUS_CODES[statusCode] ?? 'Error' };
}
