/** Which bodies one route takes: the decision, made from the headers alone. */
import type { HttpException } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { AcceptedBody, BodyKind, MultipartLimits } from './accepts-body.metadata.js';
import { malformed, tooLarge, unsupportedType } from './body-refusals.js';
import type { BodyOptions } from './body.options.js';
import { isRepeated } from '../request-head.js';
import { matchesMediaType, type MediaType, parseMediaType } from './media-type.js';

/** A kind of body with all its limits. */
export interface BodyRule {
  readonly kind: BodyKind;
  /** Lower case. */
  readonly types: readonly string[];
  /** Takes every type that ends in `+json` too. */
  readonly takesSuffixJson: boolean;
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** Of multipart. */
  readonly parts: MultipartLimits;
  /** `Infinity` for streams and multipart. */
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Bytes per second; 0 for all but streams and multipart. */
  readonly minRate: number;
  readonly rateWindowMs: number;
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const MULTIPART_TYPE = 'multipart/form-data';
const OWN_TYPES: Partial<Record<BodyKind, string>> = { json: JSON_TYPE, form: FORM_TYPE, multipart: MULTIPART_TYPE };
const DEFAULT_PARTS = { maxFiles: 10, maxFields: 100, maxFieldBytes: 64 * 1024 };
/** RFC 2046 (5.1.1). */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;
const UTF8 = new Set(['utf-8', 'utf8', 'us-ascii']);
/** A body without a type, as RFC 9110 (8.3) lets a server take it. */
const UNTYPED = 'application/octet-stream';

const DEFAULTS: readonly AcceptedBody[] = [{ as: 'json' }, { as: 'form' }];

export class BodyPolicy {
  readonly #rules: readonly BodyRule[];
  readonly #names: readonly string[];

  /** @param declared what `@AcceptsBody` says; JSON and forms where it is missing */
  constructor(declared: readonly AcceptedBody[] | undefined, options: BodyOptions) {
    this.#rules = (declared ?? DEFAULTS).map((body) => ruleOf(body, options));
    this.#names = this.#rules.flatMap(({ types, takesSuffixJson }) => (takesSuffixJson ? [...types, '*+json'] : types));
  }

  /** The content types that the route takes, for the header `Accept` of a refusal. */
  get accepted(): string {
    return this.#names.filter((name) => name !== '*+json').join(', ');
  }

  /** The rule for a request with these headers, or why it is refused. To be asked about a request that has a body or names its type. */
  decide(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): BodyRule | HttpException {
    const problem = codingProblem(headers, rawHeaders);
    if (problem !== undefined) return unsupportedType(problem, this.#names);
    const header = headers['content-type'];
    const type = header === undefined ? undefined : parseMediaType(header);
    if (header !== undefined && !type)
      return unsupportedType(`The content type ${printable(header)} cannot be read`, this.#names);
    const rule = this.#rules.find((one) => takes(one, type?.essence ?? UNTYPED));
    if (!rule)
      return unsupportedType(
        type ? `A body of type ${printable(type.essence)} is not accepted` : 'The body has no content type',
        this.#names,
      );
    const charset = type && foreignCharset(rule, type);
    if (charset !== undefined)
      return unsupportedType(`The charset ${printable(charset)} is not accepted, only utf-8`, this.#names);
    if (rule.kind === 'multipart' && !BOUNDARY.test(type?.parameters.get('boundary') ?? '')) {
      return malformed('is multipart without a boundary in its content type, or with one that is not allowed');
    }
    return Number(headers['content-length'] ?? 0) > rule.maxBytes ? tooLarge(rule.maxBytes) : rule;
  }
}

function ruleOf(body: AcceptedBody, options: BodyOptions): BodyRule {
  const { as, types } = body;
  const isStream = as === 'stream' || as === 'multipart';
  const maxBytes = body.maxBytes ?? options.maxBytes;
  return {
    kind: as,
    types: types?.map((type) => type.toLowerCase()) ?? [OWN_TYPES[as] ?? UNTYPED],
    takesSuffixJson: as === 'json' && types === undefined,
    maxBytes,
    parts: partsOf(body, maxBytes),
    maxDepth: body.maxDepth ?? options.maxDepth,
    maxKeys: body.maxKeys ?? options.maxKeys,
    timeoutMs: isStream ? Infinity : (body.timeoutMs ?? options.timeout * 1_000),
    idleTimeoutMs: body.idleTimeoutMs ?? options.idleTimeout * 1_000,
    minRate: isStream ? (body.minRate ?? options.minRate) : 0,
    rateWindowMs: body.rateWindowMs ?? options.rateWindow * 1_000,
  };
}

function partsOf(body: AcceptedBody, maxBytes: number): MultipartLimits {
  const {
    maxFiles = DEFAULT_PARTS.maxFiles,
    maxFields = DEFAULT_PARTS.maxFields,
    maxFieldBytes = DEFAULT_PARTS.maxFieldBytes,
  } = body;
  return {
    maxParts: body.maxParts ?? maxFiles + maxFields,
    maxFiles,
    maxFileBytes: body.maxFileBytes ?? maxBytes,
    maxFields,
    maxFieldBytes,
  };
}

function takes({ types, takesSuffixJson }: BodyRule, essence: string): boolean {
  return (takesSuffixJson && essence.endsWith('+json')) || types.some((type) => matchesMediaType(essence, type));
}

/** What is sent in a form that the server does not undo. */
function codingProblem(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): string | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    return `A body in the encoding ${printable(encoding)} is not accepted`;
  const transfer = headers['transfer-encoding'];
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked')
    return `The transfer encoding ${printable(transfer)} is not accepted`;
  return isRepeated('content-type', rawHeaders) ? 'The request has two content types' : undefined;
}

/** Bytes and streams are passed on unchanged. */
function foreignCharset({ kind }: BodyRule, { parameters }: MediaType): string | undefined {
  const charset = parameters.get('charset');
  if (charset === undefined || kind === 'bytes' || kind === 'stream' || kind === 'multipart') return undefined;
  return UTF8.has(charset.toLowerCase()) ? undefined : charset;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
