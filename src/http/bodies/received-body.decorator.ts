/**
 * How a handler gets a stream or bytes. Not through `@Body()`: any pipe may rebuild what is there, which must not happen to a stream, and
 * a DTO promises what is there.
 */
import type { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { BodyPart } from './multipart-parts.js';

/** A body that is not plain JSON. */
export type ReceivedBody =
  | { readonly kind: 'stream'; readonly value: Readable }
  | { readonly kind: 'bytes'; readonly value: Buffer }
  | { readonly kind: 'multipart'; readonly value: AsyncIterable<BodyPart> };

/** Where a request keeps it. A registered symbol, so that a second copy of this package finds it. */
export const RECEIVED_BODY = Symbol.for('panotti:received-body:v1');

function received(kind: ReceivedBody['kind'], context: ExecutionContext): unknown {
  const body = context.switchToHttp().getRequest<{ readonly [RECEIVED_BODY]?: ReceivedBody }>()[RECEIVED_BODY];
  return body?.kind === kind ? body.value : undefined;
}

/**
 * The body as a `Readable` of `Buffer`s, where the route takes it `as: 'stream'`; `undefined` if a body of another kind came. It fails with
 * an exception of Nest (408, 413, 503, 400) that the handler lets through. Whatever the handler does with it, the connection stays open for
 * the answer.
 */
export const BodyStream = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  received('stream', context),
);

/** The body as a `Buffer`, where the route takes it `as: 'bytes'`; `undefined` if a body of another kind came. */
export const BodyBytes = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  received('bytes', context),
);

/**
 * The parts of a multipart body, one after the other as they come, where the route takes it `as: 'multipart'`; `undefined` if a body of another
 * kind came. Loop over it once with `for await`. The loop, and the stream of the file at hand, fail with an exception of Nest that the handler
 * lets through.
 */
export const BodyParts = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  received('multipart', context),
);
