/** The bound value alone, for tests of what is right. */
import type { Type } from '@nestjs/common';
import { ConfigurationError, type ConfigurationDocument } from '../../src/config/index.js';

export function bindOrThrow<T extends object>(document: ConfigurationDocument, type: Type<T>, path: readonly string[]): T {
  const { value, problems } = document.bind(type, path);
  if (value === undefined || document.problems.length > 0) throw new ConfigurationError([...document.problems, ...problems]);
  return value;
}
