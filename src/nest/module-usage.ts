/** Which plugins use which Nest module: a static module that two plugins import exists once, starts once and goes with the last of them. */
import type { NestModule } from './nest-internals.js';

interface Usage {
  readonly plugins: Set<string>;
  readonly phases: Map<string, Promise<void>>;
}

export class ModuleUsage {
  readonly #usages = new Map<NestModule, Usage>();

  claim(module: NestModule, plugin: string): void {
    this.#usage(module).plugins.add(plugin);
  }

  /** Runs `action` for the first that asks for this phase of the module; all others wait for the same run. */
  once(module: NestModule, phase: string, action: () => Promise<void>): Promise<void> {
    const { phases } = this.#usage(module);
    const running = phases.get(phase) ?? action();
    phases.set(phase, running);
    return running;
  }

  /** Whether any phase of the module was run. */
  hasStarted(module: NestModule): boolean {
    return (this.#usages.get(module)?.phases.size ?? 0) > 0;
  }

  /** Those of the modules that no other plugin uses. */
  usedOnlyBy(plugin: string, modules: Iterable<NestModule>): NestModule[] {
    return [...modules].filter((module) =>
      [...(this.#usages.get(module)?.plugins ?? [])].every((user) => user === plugin),
    );
  }

  /** Ends the plugin's use of what others use as well. @returns those of the modules that nobody uses any more */
  leave(plugin: string, modules: Iterable<NestModule>): NestModule[] {
    return [...modules].filter((module) => {
      const users = this.#usages.get(module)?.plugins;
      return users?.delete(plugin) === true && users.size === 0;
    });
  }

  /** Ends the plugin's use; modules without any user left are forgotten. */
  release(plugin: string, modules: Iterable<NestModule>): void {
    for (const module of modules) {
      const usage = this.#usages.get(module);
      usage?.plugins.delete(plugin);
      if (usage?.plugins.size === 0) this.#usages.delete(module);
    }
  }

  #usage(module: NestModule): Usage {
    const known = this.#usages.get(module);
    if (known) return known;
    const usage = { plugins: new Set<string>(), phases: new Map<string, Promise<void>>() };
    this.#usages.set(module, usage);
    return usage;
  }
}
