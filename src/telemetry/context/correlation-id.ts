/** The id that ties together everything that one request caused. A caller may bring its own, as long as it cannot do harm in a log or a header. */
import { randomUUID } from 'node:crypto';

/** Read from requests and written to responses. */
export const CORRELATION_HEADER = 'x-correlation-id';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** What this needs of a request: Fastify's and Node's own both fit. */
export interface RequestWithHeaders {
  readonly headers: Record<string, string | string[] | undefined>;
}

/**
 * The correlation id of a request: the caller's header if it is 1 to 128 of `A-Z a-z 0-9 . _ -`, else a new UUID.
 * The id is kept in the header of the request, so that each later call gives the same.
 */
export function correlationIdOf(request: RequestWithHeaders): string {
  const given = request.headers[CORRELATION_HEADER];
  if (typeof given === 'string' && ACCEPTED.test(given)) return given;
  const made = randomUUID();
  request.headers[CORRELATION_HEADER] = made;
  return made;
}
