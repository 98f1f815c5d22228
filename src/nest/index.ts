/** Everything that Panotti uses of Nest's internals. A contract test covers each line. */
export { ApplicationModules } from './application-modules.js';
export { globalImports } from './global-imports.js';
export type { DestroyHook, HookCall, HookName, StartHook } from './nest-instances.js';
export { LazyModules } from './lazy-modules.js';
export { loadBottomUp } from './load-bottom-up.js';
export {
  classTokensOf,
  ModuleBuilds,
  type OwnProvider,
  provideOwn,
  routesTakenFrom,
  takeRoutes,
} from './module-builds.js';
export { writeModulePath } from './nest-module.metadata.js';
export { ModuleUsage } from './module-usage.js';
export type { GlobalEnhancers } from './nest-enhancers.js';
export { type ContainedClass, NestInternals, type NestModule, type ResolvedRoute } from './nest-internals.js';
export type { ModuleScope } from './nest-module-scopes.js';
export { secondCopyIn } from './second-copies.js';
export { PluginRouteConflictError, type RoutePlace } from './nest.errors.js';
