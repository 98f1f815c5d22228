/**
 * What decorators of `@nestjs/swagger` leave behind, without its 600 files for everything that uses this room: a command or an application
 * without an API document never loads them. A contract test compares each with the decorator that it stands for.
 */
import 'reflect-metadata';
import { applyDecorators, SetMetadata } from '@nestjs/common';

const KEYS = {
  tags: 'swagger/apiUseTags',
  operation: 'swagger/apiOperation',
  responses: 'swagger/apiResponse',
  models: 'swagger/apiExtraModels',
  properties: 'swagger/apiModelProperties',
  propertyNames: 'swagger/apiModelPropertiesArray',
};

/** An answer, by its status. */
export type DescribedAnswers = Readonly<
  Record<number, { readonly type?: new () => object; readonly description: string }>
>;

/** Class decorator: as `@ApiTags`. */
export function Tagged(...tags: string[]): ClassDecorator {
  return SetMetadata(KEYS.tags, tags);
}

/** Class decorator: as `@ApiExtraModels`. */
export function RefersTo(...models: (new () => object)[]): ClassDecorator {
  return SetMetadata(KEYS.models, models);
}

/** Method decorator: as `@ApiOperation({ summary })` and one `@ApiResponse` for each answer. */
export function Answers(summary: string, answers: DescribedAnswers): MethodDecorator {
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    answer.type ? { ...answer, isArray: false } : answer,
  ]);
  return applyDecorators(
    SetMetadata(KEYS.operation, { summary }),
    SetMetadata(KEYS.responses, Object.fromEntries(responses)),
  );
}

/** Property decorator: as `@ApiProperty(schema)`. */
export function Described(schema: Readonly<Record<string, unknown>>): PropertyDecorator {
  return (target, property) => {
    const names = (Reflect.getMetadata(KEYS.propertyNames, target) ?? []) as readonly string[];
    Reflect.defineMetadata(KEYS.propertyNames, [...names, `:${String(property)}`], target);
    const found: unknown =
      schema['enum'] === undefined ? Reflect.getMetadata('design:type', target, property) : 'string';
    const type = schema['type'] === undefined ? { type: found } : { isArray: false };
    Reflect.defineMetadata(KEYS.properties, { ...type, ...schema }, target, property);
  };
}
