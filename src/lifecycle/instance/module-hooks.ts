/** Calls the hooks of modules, each start hook once even where two plugins share a module, and knows which calls have not ended. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/index.js';
import {
  type DestroyHook,
  type HookCall,
  type HookName,
  ModuleUsage,
  NestInternals,
  type NestModule,
  type StartHook,
} from '../../nest/index.js';

/** A hook that is running. */
interface PendingCall {
  readonly module: NestModule;
  readonly hook: HookName;
  /** The class whose hook it is. */
  readonly className: string;
  /** Monotonic time of the call. */
  readonly sinceMs: number;
}

@Injectable()
export class ModuleHooks {
  /** By module, because two plugins that share one wait for the same call. Weak, because a hook may never end. */
  readonly #pending = new WeakMap<NestModule, Set<PendingCall>>();

  constructor(
    private readonly internals: NestInternals,
    private readonly usage: ModuleUsage,
    private readonly clock: Clock,
  ) {}

  /** Calls the hook on one module after the other until the signal aborts. @throws what a hook throws first */
  async start(modules: readonly NestModule[], hook: StartHook, signal: AbortSignal): Promise<void> {
    for (const module of modules) {
      await this.usage.once(module, hook, () =>
        this.internals.runStartHook(module, hook, this.#recorder(module, hook)),
      );
      if (signal.aborted) return;
    }
  }

  /**
   * Calls the hook on one module after the other, also where one throws.
   *
   * @param signal what the two hooks of a shutdown get
   * @returns what was thrown
   */
  async destroy(modules: readonly NestModule[], hook: DestroyHook, signal: string | undefined): Promise<unknown[]> {
    const thrown: unknown[] = [];
    for (const module of modules)
      thrown.push(...(await this.internals.runDestroyHook(module, hook, this.#recorder(module, hook), signal)));
    return thrown;
  }

  /** The calls of this hook on these modules that have not ended. */
  pending(modules: readonly NestModule[], hook: HookName): PendingCall[] {
    return modules.flatMap((module) => [...(this.#pending.get(module) ?? [])]).filter((call) => call.hook === hook);
  }

  #recorder(module: NestModule, hook: HookName): HookCall {
    const calls = this.#pending.get(module) ?? new Set();
    this.#pending.set(module, calls);
    return async (className, run) => {
      const call = { module, hook, className, sinceMs: this.clock.monotonicMs() };
      calls.add(call);
      try {
        await run();
      } finally {
        calls.delete(call);
      }
    };
  }
}
