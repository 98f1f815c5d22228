/**
 * Marks a route that answers with health. It leaves what `@HealthCheck()` of terminus leaves, description for the API document included, without
 * the 600 files of `@nestjs/swagger`, which terminus would load for it. A test compares the two.
 */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { HealthCheck } from '@nestjs/terminus';

/** Keeps answers out of caches, and describes them for the API document. */
export function HealthEndpoint(): MethodDecorator {
  return applyDecorators(HealthCheck({ noCache: true, swaggerDocumentation: false }), SetMetadata('swagger/apiResponse', RESPONSES));
}

const DATABASE = { database: { status: 'up', responseTime: 12 } };
const CACHE = { redis: { status: 'down', message: 'Could not connect', responseTime: 3005 } };

const RESPONSES = {
  200: {
    description: 'The Health Check is successful',
    schema: schemaOf({ status: ['ok', 'degraded'], example: 'ok', error: {}, details: DATABASE }),
  },
  503: {
    description: 'The Health Check is not successful',
    schema: schemaOf({ status: ['error', 'shutting_down'], example: 'error', error: CACHE, details: { ...DATABASE, ...CACHE } }),
  },
};

interface Example {
  readonly status: readonly string[];
  readonly example: string;
  readonly error: object;
  readonly details: object;
}

function schemaOf({ status, example, error, details }: Example): object {
  return {
    type: 'object',
    properties: {
      status: { type: 'string', enum: status, example },
      info: { ...indicators(DATABASE), nullable: true },
      error: { ...indicators(error), nullable: true },
      details: indicators(details),
    },
  };
}

function indicators(example: object): object {
  const responseTime = { type: 'number', description: 'Time the health indicator took to respond, in ms' };
  return {
    type: 'object',
    example,
    additionalProperties: {
      type: 'object',
      required: ['status'],
      properties: { status: { type: 'string', enum: ['up', 'degraded', 'down'] }, responseTime },
      additionalProperties: true,
    },
  };
}
