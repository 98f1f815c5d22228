/** Reads what `@RouteConfig` of `@nestjs/platform-fastify` has recorded on the method of a controller. */
import 'reflect-metadata';

/** `FASTIFY_ROUTE_CONFIG_METADATA` of `@nestjs/platform-fastify`, which exports only the decorator. */
const ROUTE_CONFIG = '__fastify_route_config__';

export function readRouteConfig(method: object): object | undefined {
  return Reflect.getMetadata(ROUTE_CONFIG, method) as object | undefined;
}
