/** Stores which bodies a route takes, and is the only reader of it. */
import 'reflect-metadata';

/** How a body reaches the handler. */
export type BodyKind = 'json' | 'form' | 'text' | 'bytes' | 'stream';

/** One kind of body that a route takes. What is left out is as in the section `http.bodies` of panotti.yaml. */
export interface AcceptedBody {
  /**
   * `json`, `form` and `text` are what `@Body()` gives. For `bytes` and `stream` that is undefined: `@BodyBytes()` and `@BodyStream()` give
   * them.
   */
  readonly as: BodyKind;
  /** Content types: `audio/wav`, `audio/` with a star, or stars on both sides. May be left out for `json` (takes `+json` then too) and `form`. */
  readonly types?: readonly string[];
  /** Largest body, in bytes; `Infinity` where the handler limits it itself, for streams only. */
  readonly maxBytes?: number;
  /** Levels of JSON. */
  readonly maxDepth?: number;
  /** Keys and list elements of JSON, fields of a form. */
  readonly maxKeys?: number;
  /** Longest time for the whole body, in milliseconds. Not for streams. */
  readonly timeoutMs?: number;
  /** How long the client may send nothing, in milliseconds. */
  readonly idleTimeoutMs?: number;
  /** Least average rate of a stream, in bytes per second; 0: none. */
  readonly minRate?: number;
  /** Time over which that average is taken, in milliseconds. */
  readonly rateWindowMs?: number;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const ACCEPTED = Symbol.for('panotti:accepted-bodies:v1');

export function recordAcceptedBodies(method: object, bodies: readonly AcceptedBody[]): void {
  Reflect.defineMetadata(ACCEPTED, bodies, method);
}

/** What a route declares; `undefined` if it declares nothing. */
export function readAcceptedBodies(method: object): readonly AcceptedBody[] | undefined {
  return Reflect.getMetadata(ACCEPTED, method) as readonly AcceptedBody[] | undefined;
}
