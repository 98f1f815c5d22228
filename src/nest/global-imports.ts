/**
 * Finds what is global among the modules of a plugin: global modules, `APP_GUARD`, `APP_PIPE` and so on. A plugin with one of these shares none of its
 * modules: what they inject may come from the global module, and their routes get the enhancer.
 */
import type { DynamicModule, Type } from '@nestjs/common';
import { isGlobalModule, moduleImports, providesGlobalEnhancer } from './nest-module.metadata.js';

type Definition = Type | DynamicModule;

export interface Surroundings {
  /** True for the main module of a plugin. */
  readonly isPlugin: (moduleClass: Type) => boolean;
  /** True if the application has this module too. */
  readonly isOfApplication: (definition: Definition) => Promise<boolean>;
}

export interface GlobalImports {
  readonly hasAny: boolean;
  /**
   * Module classes that the application has too, but of which the plugin needs its own instance: global ones inside of a dynamic module that the
   * plugin has made, such as the host module of `ConfigModule.forRoot()`, which keeps its values.
   */
  readonly apart: ReadonlySet<Type>;
}

export async function globalImports(
  root: Definition,
  { isPlugin, isOfApplication }: Surroundings,
): Promise<GlobalImports> {
  const apart = new Set<Type>();
  const seen = new Set<Definition>();
  let hasAny = providesGlobalEnhancer(root);
  const visit = async (definition: Definition, isInDynamic: boolean): Promise<void> => {
    if (seen.has(definition)) return;
    seen.add(definition);
    const isGlobal = isGlobalModule(definition);
    if (await isOfApplication(definition)) {
      if (!isGlobal || !isInDynamic || 'module' in definition) return;
      apart.add(definition);
    }
    hasAny ||= isGlobal || providesGlobalEnhancer(definition);
    await visitImports(definition, isInDynamic || 'module' in definition);
  };
  const visitImports = async (definition: Definition, isInDynamic: boolean): Promise<void> => {
    for (const imported of await moduleImports(definition)) {
      if (!isPlugin('module' in imported ? imported.module : imported)) await visit(imported, isInDynamic);
    }
  };
  await visitImports(root, false);
  return { hasAny, apart };
}
