/**
 * What goes over the control channel: `POST /v1/<command>` with a JSON object; the answer is `{ result }` or `{ error }`, or a line of JSON
 * for each event that is followed. Client and server have the same version: what one does not know, it refuses.
 */
import type { EventOperations } from '../events/index.js';

export const PATH_PREFIX = '/v1/';
export const JSON_TYPE = 'application/json';
export const LINES_TYPE = 'application/x-ndjson';

/** A page of events has no payloads, and a dead letter has one; this is for what is asked. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/** The operations with one answer. */
export type ControlCommand = Exclude<keyof EventOperations, 'isLive' | 'followEvents'>;

export interface RefusedAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
}

export interface GivenAnswer {
  readonly result: unknown;
}
