/** The answers to requests whose body is refused. They are exceptions of Nest, so that filters apply and the answers look like all others. */
import {
  BadRequestException,
  PayloadTooLargeException,
  RequestTimeoutException,
  ServiceUnavailableException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';

/** @param accepted the content types that the route takes */
export function unsupportedType(given: string, accepted: readonly string[]): UnsupportedMediaTypeException {
  return new UnsupportedMediaTypeException(`${given}. This route takes ${accepted.join(', ')}.`);
}

export function tooLarge(maxBytes: number): PayloadTooLargeException {
  return new PayloadTooLargeException(`The body is larger than ${maxBytes} bytes.`);
}

/** @param problem the end of a sentence that begins with "The body" */
export function tooLargePart(problem: string): PayloadTooLargeException {
  return new PayloadTooLargeException(`The body ${problem}.`);
}

/** @param problem the end of a sentence that begins with "The body" */
export function malformed(problem: string): BadRequestException {
  return new BadRequestException(`The body ${problem}.`);
}

/** @param what the end of a sentence that begins with "The body" */
export function tooSlow(what: string): RequestTimeoutException {
  return new RequestTimeoutException(`The body ${what}.`);
}

/** Reaches the handler of a stream whose client has gone: there is no client for an answer, and the server has not failed. */
export function brokenOff(cause?: Error): BadRequestException {
  return new BadRequestException('The client broke off the body.', { cause });
}

export function stopping(): ServiceUnavailableException {
  return new ServiceUnavailableException('The plugin stops; send the request again later.');
}
