/**
 * `@nestjs/swagger`, loaded when the first API document or page is made: its 600 files are a fifth of the start of a command, of a test or of an
 * application that makes none.
 */
import { createRequire } from 'node:module';
import type * as Swagger from '@nestjs/swagger';

export function swagger(): typeof Swagger {
  return createRequire(import.meta.url)('@nestjs/swagger') as typeof Swagger;
}
