/** Reads what Nest's `@Sse` and `@RouteConfig`, `@RouteConstraints`, `@RouteSchema` of `@nestjs/platform-fastify` have recorded on the method of a controller. */
import 'reflect-metadata';

export interface RecordedRouteOptions {
  readonly config: object | undefined;
  /** Name of the constraint to the value that requests must have. */
  readonly constraints: Readonly<Record<string, unknown>> | undefined;
  readonly schema: object | undefined;
  /** `@Sse`. */
  readonly isEventStream: boolean;
}

/** The keys of packages that export only the decorators. */
const KEYS = {
  config: '__fastify_route_config__',
  constraints: '__fastify_route_constraints__',
  schema: '__fastify_route_schema__',
  sse: '__sse__',
};

export function readRouteOptions(method: object): RecordedRouteOptions {
  return {
    config: Reflect.getMetadata(KEYS.config, method) as object | undefined,
    constraints: Reflect.getMetadata(KEYS.constraints, method) as RecordedRouteOptions['constraints'],
    schema: Reflect.getMetadata(KEYS.schema, method) as object | undefined,
    isEventStream: Reflect.getMetadata(KEYS.sse, method) === true,
  };
}
