/** The answer to a method that a path does not have, although it has others. */
import { MethodNotAllowedException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Sets `Allow` as well. @param allowed methods that the path has */
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
