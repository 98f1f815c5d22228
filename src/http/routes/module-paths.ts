/** The paths that a plugin gives to its modules with `RouterModule` of Nest, below its mount. */
import type { Type } from '@nestjs/common';
import type { Routes } from '@nestjs/core';
import { PluginRouteUnsupportedError } from '../http.errors.js';

export class ModulePaths {
  readonly #paths = new Map<unknown, string>();

  /**
   * @param modules the modules of a plugin, each with what `RouterModule.register` was called with there
   * @throws PluginRouteUnsupportedError for a path of a module that is not among them
   */
  static of(plugin: string, modules: readonly (readonly [moduleClass: unknown, routes: Routes])[]): ModulePaths {
    const paths = new ModulePaths();
    for (const [, routes] of modules) paths.#add(routes);
    paths.#assertKnown(plugin, new Set(modules.map(([moduleClass]) => moduleClass)));
    return paths;
  }

  /** The last path of a module counts, as in Nest. */
  #add(routes: Routes, below = ''): void {
    for (const route of routes) {
      if (typeof route === 'function') this.#paths.set(route, below);
      else {
        const path = `${below}${normalized(route.path)}`;
        if (route.module) this.#paths.set(route.module, path);
        this.#add((route.children ?? []) as Routes, path);
      }
    }
  }

  /** Such as `/admin`; empty for a module without a path. */
  of(moduleClass: unknown): string {
    return this.#paths.get(moduleClass) ?? '';
  }

  #assertKnown(plugin: string, modules: ReadonlySet<unknown>): void {
    for (const [moduleClass, path] of this.#paths) {
      if (modules.has(moduleClass)) continue;
      const where = `${(moduleClass as Type).name} at "${path}"`;
      const alternative = 'import the module in the plugin, or register its path with RouterModule in the application';
      throw new PluginRouteUnsupportedError(
        { plugin, where },
        { what: 'RouterModule gives a path to a module that the plugin does not import', alternative },
      );
    }
  }
}

function normalized(path: string): string {
  const bare = path.replace(/^\/+|\/+$/g, '').replaceAll(/\/+/g, '/');
  return bare === '' ? '' : `/${bare}`;
}
