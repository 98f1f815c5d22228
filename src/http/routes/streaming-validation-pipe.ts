/** Validation that nothing but plain JSON gets into. */
import { type ArgumentMetadata, Injectable, UnsupportedMediaTypeException, ValidationPipe } from '@nestjs/common';

/**
 * As `ValidationPipe`, except for a value that is not plain JSON: `ValidationPipe` with `transform` would rebuild a stream field by field,
 * its socket included, which ends the process. Such a value is handed on as it is where the parameter has its class, such as `Readable`, and
 * is answered 415 elsewhere. Below a plugin only an application's own hooks can bring one about.
 */
@Injectable()
export class StreamingValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom' || isPlain(value)) return super.transform(value, metadata) as Promise<unknown>;
    if (metadata.metatype && value instanceof metadata.metatype && metadata.metatype !== Object) return value;
    throw new UnsupportedMediaTypeException('This route takes JSON.');
  }
}

/** Only the outermost value is looked at: what is below it came with it. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'function') return false;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Parsers of queries make objects whose prototype is an empty object without one.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
