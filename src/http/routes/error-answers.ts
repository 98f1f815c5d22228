/** The form of error answers: one shape for all errors of a server, and the answer to a method that a path does not have. */
import { STATUS_CODES } from 'node:http';
import { MethodNotAllowedException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Gives all errors the fields `statusCode`, `error` and `message`. Nest leaves `error` out if an exception has no message (`new UnauthorizedException()`)
 * or is not an HTTP exception. A body with other fields, which a plugin has made itself, is left alone.
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

/** The 405 for a path that has other methods; sets `Allow`. @param allowed methods that the path has */
export function methodNotAllowed(
  method: string,
  path: string,
  allowed: readonly string[],
  reply: FastifyReply,
): MethodNotAllowedException {
  // Fastify, as Nest, answers HEAD wherever there is a GET.
  const names = new Set(allowed.flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])));
  const list = [...names].join(', ');
  reply.header('allow', list);
  return new MethodNotAllowedException(`Cannot ${method} ${path}. It takes ${list}.`);
}
