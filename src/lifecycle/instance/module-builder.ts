/** Builds the modules of a plugin: without global modules one by one, so that plugins can share them; with global ones all at once, as Nest does. */
import { type DynamicModule, Injectable, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Registry } from 'prom-client';
import { PluginExplorers } from '../../explorers/index.js';
import {
  ApplicationModules,
  globalImports,
  loadBottomUp,
  ModuleBuilds,
  type ModuleScope,
  NestInternals,
  type NestModule,
  secondCopyIn,
  takeRoutes,
} from '../../nest/index.js';
import { readManifest } from '../../plugin/index.js';

/** The instance of a plugin that modules are built for. */
export interface ModuleOwner {
  readonly plugin: string;
  readonly signal: AbortSignal;
  readonly all: readonly NestModule[];
  readonly built: ReadonlySet<NestModule>;
  claim(module: NestModule): void;
  moveInto(scope: ModuleScope): void;
}

/** Holds what is the plugin's own and has to be found by each of its modules. */
class PluginGlobalsModule {}

const isPlugin = (moduleClass: Type): boolean => readManifest(moduleClass) !== undefined;

@Injectable()
export class ModuleBuilder {
  constructor(
    private readonly internals: NestInternals,
    private readonly application: ApplicationModules,
    private readonly builds: ModuleBuilds,
    private readonly explorers: PluginExplorers,
  ) {}

  /** @throws PluginUnsupportedError, PluginClassTwiceError, or the first error of a provider */
  async build(owner: ModuleOwner, root: DynamicModule, registry: Registry): Promise<void> {
    try {
      await this.#load(owner, root, registry);
    } catch (error) {
      await this.explorers.check(owner.plugin, owner.all, error);
      throw secondCopyIn(owner.plugin, error, owner.all) ?? error;
    }
    if (!owner.signal.aborted) await this.explorers.check(owner.plugin, owner.all);
  }

  async #load(owner: ModuleOwner, root: DynamicModule, registry: Registry): Promise<void> {
    const { signal } = owner;
    using watching = new DisposableStack();
    watching.use(this.builds.watch((module) => this.#adapt(module, owner)));
    const claim = (module: NestModule): void => owner.claim(module);
    const { hasAny, apart } = await globalImports(root, {
      isPlugin,
      isOfApplication: async (definition) => this.application.has(await this.internals.scopes.moduleOf(definition)),
    });
    if (signal.aborted) return;
    if (!hasAny) {
      await loadBottomUp(root, isPlugin, async (definition) => {
        if (!signal.aborted) await this.internals.load(definition, claim);
      });
      return;
    }
    const scope = this.internals.scopes.open(
      owner.plugin,
      (type, existing) => !isPlugin(type) && (!this.application.has(existing) || apart.has(type)),
    );
    owner.moveInto(scope);
    // Changed in place: this very object is what dependents import.
    (root.imports ??= []).push(globalsOf(registry, scope));
    await this.internals.load(root, claim);
  }

  /** Called before anything of the module is built. One that another plugin has built already stays as it is. */
  #adapt(module: NestModule, owner: ModuleOwner): void {
    const { plugin, signal, built } = owner;
    if (!built.has(module)) return;
    takeRoutes(module);
    this.internals.enhancers.bind(module, built);
    this.explorers.adapt(module, { plugin, signal });
  }
}

function globalsOf(registry: Registry, scope: ModuleScope): DynamicModule {
  const providers = [
    { provide: Registry, useValue: registry },
    { provide: ModulesContainer, useValue: scope.visibleModules },
  ];
  return { module: PluginGlobalsModule, global: true, providers, exports: [Registry, ModulesContainer] };
}
