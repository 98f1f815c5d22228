/** Distinguishes the application's own modules from those of plugins, which join the same container later. */
import { Injectable } from '@nestjs/common';
import { readManifest } from '../plugin/index.js';
import { NestInternals, type NestModule } from './nest-internals.js';

@Injectable()
export class ApplicationModules {
  #modules: ReadonlySet<NestModule> = new Set();

  constructor(private readonly internals: NestInternals) {}

  /** To be called before the first plugin starts: what is in the container then belongs to the application and never to a plugin. */
  remember(): void {
    this.#modules = new Set(this.internals.allModules());
  }

  /** Empty before the first plugin starts. */
  all(): NestModule[] {
    return [...this.#modules];
  }

  has(module: NestModule | undefined): boolean {
    return module !== undefined && this.#modules.has(module);
  }

  /** True if a module belongs to the application or is the main module of a plugin. */
  isForeign(module: NestModule): boolean {
    return this.#modules.has(module) || readManifest(module.metatype) !== undefined;
  }
}
