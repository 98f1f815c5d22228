/** What is wrong with the head of a request, where Node lets it pass and proxies may read it differently. */
import { BadRequestException } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

/** No path, no user, no second host: RFC 9110 (7.2). */
const HOST = /^[^\s,/@?#\\]*$/;

/** Node keeps the first of two Host headers, a proxy in front may keep the second: RFC 9112 (3.2) wants such a request refused. */
export function hostProblem({ rawHeaders, headers }: IncomingMessage): BadRequestException | undefined {
  if (isRepeated('host', rawHeaders)) return new BadRequestException('The request has two Host headers.');
  return HOST.test(headers.host ?? '') ? undefined : new BadRequestException('The Host header cannot be read.');
}

/** Node keeps the first of several headers of most names. */
export function isRepeated(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] as string;
    if (header.length === name.length && header.toLowerCase() === name) count++;
  }
  return count > 1;
}
