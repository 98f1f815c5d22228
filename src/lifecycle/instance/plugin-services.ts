/** What a plugin instance needs of the host, gathered in one injectable. */
import { Injectable } from '@nestjs/common';
import { DataDirectory } from '../../config/index.js';
import { EventBus } from '../../events/index.js';
import { HealthIndicators } from '../../health/index.js';
import { readManifest } from '../../plugin/index.js';
import { ModuleUsage } from './module-usage.js';
import { NestInternals, type NestModule } from '../nest-internals.js';
import { PluginMounts } from '../routes/plugin-mounts.js';

@Injectable()
export class PluginServices {
  readonly usage = new ModuleUsage();
  #hostModules: ReadonlySet<NestModule> = new Set();

  constructor(
    readonly internals: NestInternals,
    readonly bus: EventBus,
    readonly indicators: HealthIndicators,
    readonly mounts: PluginMounts,
    readonly dataDirectory: DataDirectory,
  ) {}

  /** To be called before the first plugin starts: what is in the container then belongs to the application and never to a plugin. */
  rememberHostModules(): void {
    this.#hostModules = new Set(this.internals.allModules());
  }

  /** The module and what it imports, importers first; without the application's modules and those of other plugins. */
  reachableModules(root: NestModule): NestModule[] {
    const finished: NestModule[] = [];
    const seen = new Set<NestModule>();
    const visit = (module: NestModule): void => {
      seen.add(module);
      for (const imported of module.imports) if (!seen.has(imported) && !this.#isForeign(imported)) visit(imported);
      finished.push(module);
    };
    visit(root);
    return finished.toReversed();
  }

  #isForeign(module: NestModule): boolean {
    return this.#hostModules.has(module) || readManifest(module.metatype) !== undefined;
  }
}
