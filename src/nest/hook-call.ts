/** The hooks of Nest by name, and how one of them is called. */

export type StartHook = 'onModuleInit' | 'onApplicationBootstrap';
export type DestroyHook = 'onModuleDestroy' | 'beforeApplicationShutdown' | 'onApplicationShutdown';
export type HookName = StartHook | DestroyHook;

/** Calls one hook of one instance, for those who want to know which are running. Must settle as `run` does. */
export type HookCall = (className: string, run: () => unknown) => Promise<unknown>;

export const callUnseen: HookCall = async (_className, run) => run();

/** Whether an instance has the hook is found out by asking it. */
export function hasHook(instance: unknown, hook: HookName): boolean {
  return typeof (instance as Partial<Record<HookName, unknown>> | null | undefined)?.[hook] === 'function';
}
