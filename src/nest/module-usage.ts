/** Which plugins use which Nest module: a static module that two plugins import exists once, starts once and goes with the last of them. */
import { Injectable, type Type } from '@nestjs/common';
import { ApplicationModules } from './application-modules.js';
import { NestInternals, type NestModule } from './nest-internals.js';

interface Usage {
  readonly plugins: Set<string>;
  readonly phases: Map<string, Promise<void>>;
}

@Injectable()
export class ModuleUsage {
  readonly #usages = new Map<NestModule, Usage>();

  constructor(
    private readonly internals: NestInternals,
    private readonly application: ApplicationModules,
  ) {}

  /**
   * From here on the module stays in the container until the plugin releases it.
   *
   * @param pluginClass the class of the plugin's own main module
   * @returns false for a module of the application, and for the main module of another plugin: they are never released
   */
  claim(module: NestModule, plugin: string, pluginClass: Type): boolean {
    if (module.metatype !== pluginClass && this.application.isForeign(module)) return false;
    this.#usage(module).plugins.add(plugin);
    return true;
  }

  /** Runs `action` for the first that asks for this phase of the module; all others wait for the same run. */
  once(module: NestModule, phase: string, action: () => Promise<void>): Promise<void> {
    const { phases } = this.#usage(module);
    const running = phases.get(phase) ?? action();
    phases.set(phase, running);
    return running;
  }

  /** True if any phase of the module was run. */
  hasStarted(module: NestModule): boolean {
    return (this.#usages.get(module)?.phases.size ?? 0) > 0;
  }

  /** Those of the modules that only this plugin uses. */
  usedOnlyBy(plugin: string, modules: Iterable<NestModule>): NestModule[] {
    return [...modules].filter((module) =>
      [...(this.#usages.get(module)?.plugins ?? [])].every((user) => user === plugin),
    );
  }

  /** Ends the plugin's use of what others use as well. @returns those of the modules that have no user left */
  leave(plugin: string, modules: Iterable<NestModule>): NestModule[] {
    return [...modules].filter((module) => {
      const users = this.#usages.get(module)?.plugins;
      return users?.delete(plugin) === true && users.size === 0;
    });
  }

  /** Ends the plugin's use, and takes the modules without any user left out of the container. */
  release(plugin: string, modules: readonly NestModule[]): void {
    const gone = this.usedOnlyBy(plugin, modules);
    for (const module of modules) {
      const usage = this.#usages.get(module);
      usage?.plugins.delete(plugin);
      if (usage?.plugins.size === 0) this.#usages.delete(module);
    }
    this.internals.remove(gone);
  }

  #usage(module: NestModule): Usage {
    const known = this.#usages.get(module);
    if (known) return known;
    const usage = { plugins: new Set<string>(), phases: new Map<string, Promise<void>>() };
    this.#usages.set(module, usage);
    return usage;
  }
}
