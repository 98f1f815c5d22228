/**
 * Has `routeConflictPolicy` of an application hold among the routes of one plugin, as Nest has it hold among the routes of the application.
 * A neighbour of nest-internals: `test/contract/nest-route-conflicts.spec.ts` holds a test for what is used of Nest's inside.
 */
import { Logger, RequestMethod } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { RouteConflictException } from '@nestjs/core/errors/exceptions/route-conflict.exception.js';
import type { ResolvedRoute } from '@nestjs/core/router/interfaces/resolved-route.interface.js';
import type { RouteConflict } from '@nestjs/core/router/interfaces/route-conflict.interface.js';
import { RouteConflictDetector } from '@nestjs/core/router/route-conflict-detector.js';
import { PluginRouteConflictError } from './nest.errors.js';

/**
 * The routes to be served: where there is a policy, without the second of each two duplicates. Without a policy it is the router that refuses it.
 *
 * @throws PluginRouteConflictError for what the policy makes an error
 */
export function withoutConflicts(
  plugin: string,
  routes: readonly ResolvedRoute[],
  config: ApplicationConfig,
): readonly ResolvedRoute[] {
  const policy = config.getRouteConflictPolicy();
  if (!policy) return routes;
  const conflicts = RouteConflictDetector.detect([...routes], config.getVersioning()).filter(isConflictInFastify);
  try {
    RouteConflictDetector.handle(conflicts, policy, new Logger('PluginRoutes'));
  } catch (error) {
    const refused = conflicts.find(({ kind }) => policy[kind] === 'error');
    if (!(error instanceof RouteConflictException) || !refused) throw error;
    throw new PluginRouteConflictError({ plugin, where: placeOf(refused.shadowed) }, error);
  }
  const dropped = new Set(conflicts.flatMap(({ kind, shadowed }) => (kind === 'duplicate' ? [shadowed] : [])));
  return routes.filter((route) => !dropped.has(route));
}

/** Of two routes that overlap, Fastify takes the more specific one, so that only those of one shape are in each other's way. */
function isConflictInFastify({ kind, winner, shadowed }: RouteConflict): boolean {
  return kind === 'duplicate' || RouteConflictDetector.pathsHaveSameShape(winner.path, shadowed.path);
}

function placeOf({ instanceWrapper, methodName, method, path }: ResolvedRoute): string {
  return `${instanceWrapper.name}.${methodName} (${RequestMethod[method]} ${path})`;
}
