/**
 * What goes over the control channel: `POST /v1/<name of the operation>` with a JSON object; the answer is `{ result }` or `{ error }`, or, for
 * a stream, one line of JSON per item. Client and server have the same version: what one does not know, it refuses.
 */
export const PATH_PREFIX = '/v1/';
export const JSON_TYPE = 'application/json';
export const LINES_TYPE = 'application/x-ndjson';

/** Limits requests alone: answers carry payloads. */
export const MAX_REQUEST_BYTES = 64 * 1024;

export interface RefusedAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
}

export interface GivenAnswer {
  readonly result: unknown;
}
