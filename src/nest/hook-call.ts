/** The hooks of Nest by name, and how one of them is called. */

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
