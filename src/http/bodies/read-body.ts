/** Reads a body into memory and makes of it what `@Body()` gives: plain JSON, the fields of a form, or a text. */
import { Buffer, isUtf8 } from 'node:buffer';
import { parse } from 'node:querystring';
import type { FastifyRequest } from 'fastify';
import { jsonShapeProblem } from '../../common/index.js';
import type { BodyRule } from './body-policy.js';
import { malformed } from './body-refusals.js';
import type { IncomingBody } from './incoming-body.js';

/** Fastify's own, which refuses keys that would change a prototype. */
export type JsonParser = (
  request: FastifyRequest,
  text: string,
  done: (error: Error | null, value?: unknown) => void,
) => void;

const AMPERSAND = 0x26;

/** @throws HttpException if it is too large, too slow or broken off */
export function collect(body: IncomingBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A copy, so that the value does not hold on to the larger buffers of the socket.
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('error', reject);
  });
}

/** @throws BadRequestException for bytes that are not what their type says, or exceed the limits of the rule */
export function parseBody(bytes: Buffer, rule: BodyRule, request: FastifyRequest, parseJson: JsonParser): unknown {
  if (!isUtf8(bytes)) throw malformed('is not valid UTF-8');
  if (rule.kind === 'text') return bytes.toString();
  // An empty body says nothing, whatever its type.
  if (bytes.length === 0) return undefined;
  return rule.kind === 'json' ? jsonOf(bytes, rule, request, parseJson) : formOf(bytes, rule);
}

function jsonOf(bytes: Buffer, rule: BodyRule, request: FastifyRequest, parseJson: JsonParser): unknown {
  const problem = jsonShapeProblem(bytes, rule);
  if (problem !== undefined) throw malformed(problem);
  let value: unknown;
  let failure: Error | null = null;
  parseJson(request, bytes.toString(), (error, parsed) => {
    failure = error;
    value = parsed;
  });
  if (failure)
    throw malformed(
      isJson(bytes) ? 'has a key that could change a prototype: __proto__ or constructor' : 'is not valid JSON',
    );
  return value;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

function formOf(bytes: Buffer, { maxKeys }: BodyRule): unknown {
  let fields = 1;
  for (const byte of bytes) if (byte === AMPERSAND) fields++;
  if (fields > maxKeys) throw malformed(`has more than ${maxKeys} fields`);
  const form = parse(bytes.toString(), '&', '=', { maxKeys: 0 });
  if (Object.hasOwn(form, '__proto__')) throw malformed('has the field __proto__');
  return { ...form };
}
