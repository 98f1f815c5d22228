/** The body of every answer with an error, as the API document describes it: the shape of Nest's exceptions. */
import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];

const NAME = 'ErrorBody';

const ERROR_BODY: Schema = {
  type: 'object',
  description: 'Body of an answer with an error.',
  required: ['statusCode', 'message'],
  properties: {
    statusCode: { type: 'integer', description: 'The status of the answer.', example: 400 },
    error: { type: 'string', description: 'The name of the status.', example: 'Bad Request' },
    message: {
      description: 'What is wrong: one sentence, or one for each problem of the body.',
      oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      example: ['text should not be empty'],
    },
  },
};

/** Where an answer refers to the schema, and the schemas of its document with it. */
export interface DescribedErrors {
  readonly content: Record<string, { readonly schema: { readonly $ref: string } }>;
  readonly schemas: Schemas;
}

/** @param schemas those that the document has; something else of that name keeps it */
export function describedErrors(schemas: Schemas): DescribedErrors {
  let name = NAME;
  for (let count = 2; Object.hasOwn(schemas, name); count++) name = `${NAME}${count}`;
  return {
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
    schemas: { ...schemas, [name]: ERROR_BODY },
  };
}
