/** `@AcceptsBody` checks and records which bodies a route takes. `body-policy.ts` acts on it. */
import { type AcceptedBody, recordAcceptedBodies } from './accepts-body.metadata.js';
import { BodyDeclarationError } from '../http.errors.js';
import { isMediaTypePattern } from './media-type.js';

const KINDS = ['json', 'form', 'text', 'bytes', 'stream', 'multipart'];
const WITH_OWN_TYPES = new Set(['json', 'form', 'multipart']);
const STREAMED = new Set(['stream', 'multipart']);
const OF_PARTS = ['maxParts', 'maxFiles', 'maxFileBytes', 'maxFields', 'maxFieldBytes'] as const;
const NUMBERS = [
  'maxBytes',
  'maxDepth',
  'maxKeys',
  'timeoutMs',
  'idleTimeoutMs',
  'minRate',
  'rateWindowMs',
  ...OF_PARTS,
] as const;

/**
 * Says which bodies a route of a plugin takes: these and no others. A route without it takes JSON and forms. Everything else is answered 415
 * before the plugin sees it, and what is too large 413.
 *
 * @throws BodyDeclarationError while the class is defined
 *
 * @example
 * @Put(':id/audio')
 * @AcceptsBody({ as: 'stream', types: ['audio/wav'], maxBytes: 100_000_000 })
 * receive(@Param('id') id: string, @BodyStream() audio: Readable) { … }
 */
export function AcceptsBody(...bodies: readonly AcceptedBody[]): MethodDecorator {
  return (target, method, descriptor: PropertyDescriptor) => {
    const type = typeof target === 'function' ? target : target.constructor;
    const where = `${type.name}.${String(method)}`;
    // A plugin may be plain JavaScript, so nothing of this has been checked by a compiler.
    if (typeof descriptor?.value !== 'function') throw new BodyDeclarationError(where, 'only a method can have it');
    if (bodies.length === 0) throw new BodyDeclarationError(where, 'it names no body');
    for (const body of bodies) {
      const problem = problemOf(body);
      if (problem !== undefined) throw new BodyDeclarationError(where, problem);
    }
    recordAcceptedBodies(descriptor.value as object, structuredClone(bodies));
  };
}

function problemOf(body: AcceptedBody): string | undefined {
  if (typeof body !== 'object' || body === null) return 'each body is an object with `as` and `types`';
  const { as, types } = body;
  if (!KINDS.includes(as)) return `\`as\` is ${KINDS.map((kind) => `"${kind}"`).join(', ')}`;
  if (types === undefined && !WITH_OWN_TYPES.has(as)) return `a body as "${as}" needs \`types\``;
  if (types !== undefined) {
    if (!Array.isArray(types) || types.length === 0) return '`types` is a list of content types';
    const wrong: unknown = types.find((one: unknown) => typeof one !== 'string' || !isMediaTypePattern(one));
    if (wrong !== undefined) return `${JSON.stringify(wrong)} is not a content type such as "audio/wav" or "audio/*"`;
  }
  return NUMBERS.map((name) => numberProblem(name, body)).find((problem) => problem !== undefined);
}

function numberProblem(name: (typeof NUMBERS)[number], body: AcceptedBody): string | undefined {
  const value: unknown = body[name];
  if (value === undefined) return undefined;
  if (body.as !== 'multipart' && OF_PARTS.some((one) => one === name)) return `\`${name}\` is for "multipart" only`;
  if (name === 'timeoutMs' && STREAMED.has(body.as)) {
    return `${body.as === 'stream' ? 'a stream' : 'multipart'} has no \`timeoutMs\`; its limits are \`idleTimeoutMs\` and \`minRate\``;
  }
  if (name === 'maxBytes' && value === Infinity) {
    return STREAMED.has(body.as)
      ? undefined
      : `\`maxBytes\` may be Infinity for streams and multipart only: a body as "${body.as}" is held in memory`;
  }
  const least = name === 'minRate' || name === 'maxFiles' || name === 'maxFields' ? 0 : 1;
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return undefined;
  return `\`${name}\` is a number from ${least} on`;
}
