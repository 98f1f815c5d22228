/** Validation that leaves streams alone. */
import { Readable } from 'node:stream';
import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';

/**
 * As `ValidationPipe`, except that a body that reaches its handler as a stream is handed on as it is. `ValidationPipe` with `transform`
 * would build such a stream anew, its socket included, where the parameter has the type `Readable`; that ends the process.
 */
@Injectable()
export class StreamingValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return value instanceof Readable ? value : ((await super.transform(value, metadata)) as unknown);
  }
}
