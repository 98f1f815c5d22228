/** Builds the modules of a plugin: those without global ones module by module, so that plugins can share them; others in one go, as Nest does. */
import type { DynamicModule, Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Registry } from 'prom-client';
import { readManifest } from '../../plugin/index.js';
import { globalImports, loadBottomUp, type ModuleScope, type NestModule } from '../../nest/index.js';
import type { PluginServices } from './plugin-services.js';

export interface Build {
  readonly plugin: string;
  readonly module: DynamicModule;
  readonly registry: Registry;
  readonly isAborted: () => boolean;
  readonly onScope: (scope: ModuleScope) => void;
  readonly onModule: (module: NestModule) => void;
  /** Called with each module that is scanned completely, before anything of it is built. */
  readonly onScanned: (module: NestModule) => void;
}

/** Holds what is the plugin's own and has to be found by each of its modules. */
class PluginGlobalsModule {}

const isPlugin = (moduleClass: Type): boolean => readManifest(moduleClass) !== undefined;

/** @throws what a provider throws first when it is built */
export async function buildModules(build: Build, services: PluginServices): Promise<void> {
  const { plugin, module, isAborted, onModule } = build;
  const { internals } = services;
  using watching = new DisposableStack();
  watching.use(services.builds.watch(build.onScanned));
  const { hasAny, apart } = await globalImports(module, {
    isPlugin,
    isOfApplication: async (definition) => services.application.has(await internals.scopes.moduleOf(definition)),
  });
  if (isAborted()) return;
  if (!hasAny) {
    await loadBottomUp(module, isPlugin, async (definition) => {
      if (!isAborted()) await internals.load(definition, onModule);
    });
    return;
  }
  const scope = internals.scopes.open(
    plugin,
    (type, existing) => !isPlugin(type) && (!services.application.has(existing) || apart.has(type)),
  );
  build.onScope(scope);
  // Changed in place: this very object is what dependents import.
  (module.imports ??= []).push(globalsOf(build, scope));
  await internals.load(module, onModule);
}

function globalsOf({ registry }: Build, scope: ModuleScope): DynamicModule {
  const providers = [
    { provide: Registry, useValue: registry },
    { provide: ModulesContainer, useValue: scope.visibleModules },
  ];
  return { module: PluginGlobalsModule, global: true, providers, exports: [Registry, ModulesContainer] };
}

/** What is imported before those that import it, global modules first. @param modules in any order */
export function importsFirst(modules: ReadonlySet<NestModule>, scope: ModuleScope): NestModule[] {
  const sorted = new Set<NestModule>();
  const seen = new Set<NestModule>();
  const visit = (module: NestModule): void => {
    if (!modules.has(module) || seen.has(module)) return;
    seen.add(module);
    for (const imported of module.imports) if (!scope.globals.has(imported)) visit(imported);
    sorted.add(module);
  };
  for (const module of [...scope.globals, ...modules]) visit(module);
  return [...sorted];
}
