/**
 * How a handler gets a body that is not JSON and not a form. Not through `@Body()`: what is there may be rebuilt by any pipe, which must not
 * happen to a stream, and must be what a DTO says.
 */
import type { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { BodyKind } from './accepts-body.metadata.js';

export interface ReceivedBody {
  readonly kind: BodyKind;
  readonly value: Readable | Buffer | string;
}

/** Where a request keeps it. A registered symbol, so that a second copy of this package finds it. */
export const RECEIVED_BODY = Symbol.for('panotti:received-body:v1');

function received(kind: BodyKind, context: ExecutionContext): unknown {
  const body = context.switchToHttp().getRequest<{ readonly [RECEIVED_BODY]?: ReceivedBody }>()[RECEIVED_BODY];
  return body?.kind === kind ? body.value : undefined;
}

/**
 * The body as a `Readable` of `Buffer`s, where the route takes it `as: 'stream'`; `undefined` if a body of another kind came. It fails with
 * an exception of Nest (408, 413, 503, 400) that the handler lets through. Whatever the handler does with it, the connection stays open for
 * the answer.
 */
export const BodyStream = createParamDecorator((_data: unknown, context: ExecutionContext) => received('stream', context));

/** The body as a `Buffer`, where the route takes it `as: 'bytes'`; `undefined` if a body of another kind came. */
export const BodyBytes = createParamDecorator((_data: unknown, context: ExecutionContext) => received('bytes', context));

/** The body as a text, where the route takes it `as: 'text'`; `undefined` if a body of another kind came. */
export const BodyText = createParamDecorator((_data: unknown, context: ExecutionContext) => received('text', context));
