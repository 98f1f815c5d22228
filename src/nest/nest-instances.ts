/** The instances of a module as Nest keeps them: the order of their hooks, which are built, and which still wait. */
import type { InjectionToken } from '@nestjs/common';
import { getInstancesGroupedByHierarchyLevel } from '@nestjs/core/hooks/utils/get-instances-grouped-by-hierarchy-level.js';
import { type InstanceWrapper, type Module as NestModule, STATIC_CONTEXT } from '@nestjs/core/internal';
import { nameOf } from './provider-names.js';

export type StartHook = 'onModuleInit' | 'onApplicationBootstrap';
export type DestroyHook = 'onModuleDestroy' | 'beforeApplicationShutdown' | 'onApplicationShutdown';
export type HookName = StartHook | DestroyHook;

/** Wraps the call of one hook of one instance, to record which hooks are running. Must settle as `run` does. */
export type HookCall = (className: string, run: () => unknown) => Promise<unknown>;

export const callUnseen: HookCall = async (_className, run) => run();

/** True if the instance has a method of this name. */
export function hasHook(instance: unknown, hook: HookName): boolean {
  return typeof (instance as Partial<Record<HookName, unknown>> | null | undefined)?.[hook] === 'function';
}

/** The instances of a module without its class, dependencies before dependents, grouped by what may run at once. */
export function hookLevels(module: NestModule): { levels: unknown[][]; moduleClass: InstanceWrapper } {
  // Nest registers the module's class as the first provider of each module.
  const [[, moduleClass], ...providers] = module.getNonAliasProviders() as [
    [unknown, InstanceWrapper],
    ...[InjectionToken, InstanceWrapper][],
  ];
  const levels = getInstancesGroupedByHierarchyLevel(
    module.controllers,
    module.injectables,
    module.middlewares,
    providers,
  );
  return { levels: [...levels].sort(([a], [b]) => a - b).map(([, instances]) => instances), moduleClass };
}

/** Nest gives the signal to the two hooks of a shutdown alone. */
export async function callHook(
  module: NestModule,
  instance: unknown,
  hook: HookName,
  call: HookCall,
  signal?: string,
): Promise<void> {
  const values = hook === 'beforeApplicationShutdown' || hook === 'onApplicationShutdown' ? [signal] : [];
  await call(nameOf(module, instance), () =>
    (instance as Record<HookName, (...values: unknown[]) => unknown>)[hook](...values),
  );
}

export function isPending(wrapper: InstanceWrapper): boolean {
  return wrapper
    .getExistingInstancesByContextId(STATIC_CONTEXT)
    .some((host) => host.isPending === true && host.isResolved !== true);
}

export function dependenciesOf(wrapper: InstanceWrapper): InstanceWrapper[] {
  const properties = wrapper.getPropertiesMetadata() ?? [];
  // The list has holes while the dependencies are still being looked up.
  return [...(wrapper.getCtorMetadata() ?? []), ...properties.map((property) => property.wrapper)].filter(
    (other) => other !== undefined,
  );
}

/** Nest puts an empty prototype in the place of each instance until its constructor has run; values have no constructor. */
export function builtInstances(module: NestModule): ReadonlySet<unknown> {
  const wrappers = [...module.providers.values(), ...module.injectables.values(), ...module.controllers.values()];
  const built = wrappers.flatMap((wrapper) =>
    wrapper
      .getExistingInstancesByContextId(STATIC_CONTEXT)
      .filter(({ isConstructorCalled }) => isConstructorCalled || !wrapper.metatype),
  );
  return new Set<unknown>(built.map(({ instance }) => instance as unknown));
}
