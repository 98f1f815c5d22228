/** Decorators of class-transformer, which have no effect on configuration: what is written for a setting is never converted. */
import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';

/** What would be ignored, and what to write instead. */
export function ignoredDecorators(type: Type<object>, key: string, isNested: boolean): string[] {
  const found: string[] = [];
  const { PLAIN_TO_CLASS } = TransformationType;
  if (storage.findTransformMetadatas(type, key, PLAIN_TO_CLASS).length > 0)
    found.push(
      'has @Transform(), which has no effect here, because nothing is converted; compute the value where it is used, or in a getter',
    );
  const expose = storage.findExposeMetadata(type, key) as { options?: object } | undefined;
  if (expose?.options !== undefined && Object.keys(expose.options).length > 0)
    found.push(
      'has @Expose() with options, which have no effect here; call the field what it is called in YAML, and keep an old name with @Deprecated()',
    );
  if ((storage.findExcludeMetadata(type, key) as object | undefined) !== undefined)
    found.push('has @Exclude(), which has no effect here; leave the field without a decorator and call it #name');
  if (!isNested && (storage.findTypeMetadata(type, key) as object | undefined) !== undefined)
    found.push(
      'has @Type(), which has no effect here; write @Nested(() => Class) for a class, @IsDuration() or @IsByteSize() for a quantity, and @IsISO8601() on a text for a date',
    );
  return found;
}
