/**
 * Imports plugins with Node's loader, and gives them, and every package that they pull in, the host's copies of the packages that both use. A
 * plugin folder needs no `node_modules`, and where npm has put another copy in it or beside it, that copy is not used: two copies of a class
 * are two injection tokens.
 */
import { readFileSync } from 'node:fs';
import {
  createRequire,
  registerHooks,
  type ModuleHooks,
  type ResolveFnOutput,
  type ResolveHookContext,
  type ResolveHookSync,
} from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ActiveContext, activeContext } from '../../telemetry/index.js';
import { PackageTwiceError } from '../host.errors.js';
import type { HostPackage } from './host-package.js';
import { InstalledPackage, isInside } from './paths.js';
import { PluginModules } from './plugin-modules.port.js';

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;

/** The file of a plugin, and the context of its import, which has the plugin's name. */
interface ImportedPlugin {
  readonly file: string;
  readonly context: ActiveContext | undefined;
}

export class NodePluginModules extends PluginModules {
  readonly #host: HostPackage;
  readonly #requireFromHost: NodeJS.Require;
  readonly #roots = new Set<string>();
  /** Folders of packages outside of the roots, and files that belong to no package, which plugins have pulled in. */
  readonly #pulledIn = new Set<string>();
  readonly #plugins: ImportedPlugin[] = [];
  /** By the folder of the package. */
  readonly #names = new Map<string, string>();
  #hooks: Pick<ModuleHooks, 'deregister'> | undefined;

  /** Registers nothing in Node before the first import. */
  constructor(host: HostPackage) {
    super();
    this.#host = host;
    this.#requireFromHost = createRequire(host.url);
  }

  override async import(file: string, root: string): Promise<Readonly<Record<string, unknown>>> {
    this.#roots.add(root);
    this.#plugins.push({ file, context: activeContext() });
    this.#hooks ??= hooksWhereTheyCanBeHad((specifier, context, next) => this.#resolve(specifier, context, next));
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  }

  override idleMs(): number {
    return performance.eventLoopUtilization().idle;
  }

  override [Symbol.dispose](): void {
    this.#hooks?.deregister();
    this.#hooks = undefined;
  }

  #resolve(specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
    const parent = pathOf(context.parentURL);
    if (parent === undefined) return next(specifier, context);
    if (!this.#isOfPlugin(parent)) return this.#resolveForOthers(specifier, context, next);
    if (this.#host.shared.has(packageNameOf(specifier)))
      return this.#resolveFrom(this.#host.url, specifier, context, next);
    const resolved = next(specifier, context);
    this.#pullIn(resolved.url, parent);
    return resolved;
  }

  /** A shared package that looks for an optional one, which the host does not have, gets that of the plugin whose code runs. */
  #resolveForOthers(specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
    try {
      return next(specifier, context);
    } catch (error) {
      const owner = InstalledPackage.of(pathOf(context.parentURL) ?? '');
      const name = activeContext()?.plugin;
      const plugin = name === undefined ? undefined : this.#plugins.findLast((one) => one.context?.plugin === name);
      if (!plugin || owner === undefined || !this.#host.shared.has(owner.name)) throw error;
      const resolved = this.#resolveFrom(pathToFileURL(plugin.file).href, specifier, context, next);
      this.#pullIn(resolved.url, plugin.file);
      return resolved;
    }
  }

  #resolveFrom(parentURL: string, specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
    if (context.conditions.includes('import')) return next(specifier, { ...context, parentURL });
    // For `require`, Node takes the parent from the module that requires, whatever the context says.
    const require = parentURL === this.#host.url ? this.#requireFromHost : createRequire(parentURL);
    const path = require.resolve(specifier);
    return { url: path.startsWith('/') ? pathToFileURL(path).href : path, shortCircuit: true };
  }

  /** From now on the file is treated as one of the plugin, with all of its package. @throws PackageTwiceError for another copy of a shared package */
  #pullIn(url: string, importer: string): void {
    const file = pathOf(url);
    if (file === undefined) return;
    const owner = InstalledPackage.of(file);
    const name = owner && this.#nameOf(owner);
    if (name !== undefined && this.#host.shared.has(name)) {
      const hosts = this.#folderAtHost(name);
      if (hosts !== undefined && hosts !== owner?.folder) {
        throw new PackageTwiceError({ name, folder: owner?.folder ?? file, hosts, importer });
      }
      return;
    }
    this.#pulledIn.add(owner?.folder ?? file);
  }

  /** The name that a package has for itself: its folder may have been given another one (`npm install other@npm:@nestjs/core`). */
  #nameOf({ name, folder }: InstalledPackage): string {
    const known = this.#names.get(folder) ?? nameInPackageJson(folder) ?? name;
    this.#names.set(folder, known);
    return known;
  }

  /** The folder of the host's copy; `undefined` where the host has none. */
  #folderAtHost(name: string): string | undefined {
    try {
      return InstalledPackage.of(this.#requireFromHost.resolve(name))?.folder;
    } catch {
      return undefined;
    }
  }

  #isOfPlugin(file: string): boolean {
    if (this.#pulledIn.has(InstalledPackage.of(file)?.folder ?? file)) return true;
    return this.#roots.values().some((root) => isInside(file, root));
  }
}

/** Read at once, because a hook of Node cannot wait. */
function nameInPackageJson(folder: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Without what follows the path, such as a query that makes Node load a file twice. */
function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : undefined;
}

/**
 * A test runner with a loader of its own, such as Jest, refuses hooks, and what a plugin imports is looked up by that loader: with the
 * packages of the project under test, which are those of the host as well.
 */
function hooksWhereTheyCanBeHad(resolve: ResolveHookSync): Pick<ModuleHooks, 'deregister'> {
  try {
    return registerHooks({ resolve });
  } catch {
    return { deregister: () => undefined };
  }
}

/** `@nestjs/common/internal` belongs to `@nestjs/common`. Relative paths and URLs give a name that no package has. */
function packageNameOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
