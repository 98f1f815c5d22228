/** Plugin classes for tests, made of nothing but hooks. */
import type { Type } from '@nestjs/common';
import { Plugin, type PluginOptions } from '../../src/index.js';

type Hook =
  'onModuleInit' | 'onApplicationBootstrap' | 'onModuleDestroy' | 'beforeApplicationShutdown' | 'onApplicationShutdown';

export type Hooks = Partial<Record<Hook, (signal?: string) => unknown>>;

/** A plugin of version 1.0.0 with these hooks. */
export function plugin(name: string, hooks: Hooks = {}, options: Partial<PluginOptions> = {}): Type<object> {
  const PluginClass = class {};
  Object.assign(PluginClass.prototype, hooks);
  Plugin({ name, version: '1.0.0', ...options })(PluginClass);
  return PluginClass;
}

/** The options of a plugin that depends on these, in any version. */
export function on(...names: string[]): Pick<PluginOptions, 'dependencies'> {
  return { dependencies: Object.fromEntries(names.map((name) => [name, '*'])) };
}
