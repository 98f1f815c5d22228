/** Which hooks of plugins are running right now, so that a deadline can say whose code it ran out on. */
import type { Clock } from '../../common/index.js';
import type { HookCall, HookName, NestModule } from '../../nest/index.js';

export interface PendingCall {
  readonly module: NestModule;
  readonly hook: HookName;
  /** The class whose hook it is. */
  readonly className: string;
  /** Monotonic time of the call. */
  readonly sinceMs: number;
}

export class PendingCalls {
  /** By module, because two plugins that share one wait for the same call. Weak, because a hook may never end. */
  readonly #calls = new WeakMap<NestModule, Set<PendingCall>>();

  constructor(private readonly clock: Clock) {}

  /** Makes the calls of one hook on one module known until they end. */
  recorder(module: NestModule, hook: HookName): HookCall {
    const calls = this.#calls.get(module) ?? new Set();
    this.#calls.set(module, calls);
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

  /** The calls of this hook on these modules that have not ended. */
  of(modules: readonly NestModule[], hook: HookName): PendingCall[] {
    return modules.flatMap((module) => [...(this.#calls.get(module) ?? [])]).filter((call) => call.hook === hook);
  }
}
