/** Stores which bodies a route takes, and is the only reader of it. */
import 'reflect-metadata';

/** How a body reaches the handler. */
export type BodyKind = 'json' | 'form' | 'text' | 'bytes' | 'stream' | 'multipart';

/** What the parts of a multipart body may be. */
export interface MultipartLimits {
  /** Files and fields together. */
  readonly maxParts: number;
  readonly maxFiles: number;
  /** Bytes of one file. */
  readonly maxFileBytes: number;
  readonly maxFields: number;
  /** Bytes of one field. */
  readonly maxFieldBytes: number;
}

/** One kind of body that a route takes. What is left out is as in the section `http.bodies` of panotti.yaml. */
export interface AcceptedBody {
  /**
   * `json`, `form` and `text` are what `@Body()` gives. For the others that is undefined: `@BodyBytes()`, `@BodyStream()` and `@BodyParts()`
   * give them.
   */
  readonly as: BodyKind;
  /** Content types: `audio/wav`, `audio/` with a star, or stars on both sides. May be left out for `json` (takes `+json` then too), `form` and `multipart`. */
  readonly types?: readonly string[];
  /** Largest body, in bytes; `Infinity` where the handler limits it itself, for streams and multipart only. */
  readonly maxBytes?: number;
  /** Levels of JSON. */
  readonly maxDepth?: number;
  /** Keys and list elements of JSON, fields of a form. */
  readonly maxKeys?: number;
  /** For `multipart`: files and fields together. Default: `maxFiles` + `maxFields`. */
  readonly maxParts?: number;
  /** For `multipart`. Default: 10. */
  readonly maxFiles?: number;
  /** For `multipart`: bytes of one file. Default: `maxBytes`. */
  readonly maxFileBytes?: number;
  /** For `multipart`. Default: 100. */
  readonly maxFields?: number;
  /** For `multipart`: bytes of one field, which is held in memory. Default: 64 KiB. */
  readonly maxFieldBytes?: number;
  /** Longest time for the whole body, in milliseconds. Not for streams and multipart. */
  readonly timeoutMs?: number;
  /** How long the client may send nothing, in milliseconds. */
  readonly idleTimeoutMs?: number;
  /** Least average rate of a stream or of multipart, in bytes per second; 0: none. */
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
