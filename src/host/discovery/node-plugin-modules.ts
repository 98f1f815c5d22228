/**
 * Imports plugins with Node's loader, and gives them the host's copies of the packages that both use. A plugin folder
 * needs no `node_modules`, and where it has a copy of its own, that copy is not used: two copies of a class are two injection tokens.
 */
import {
  createRequire,
  registerHooks,
  type ModuleHooks,
  type ResolveFnOutput,
  type ResolveHookContext,
  type ResolveHookSync,
} from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { HostPackage } from './host-package.js';
import { isInside } from './paths.js';
import { PluginModules } from './plugin-modules.port.js';

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;

export class NodePluginModules extends PluginModules {
  readonly #host: HostPackage;
  readonly #requireFromHost: NodeJS.Require;
  readonly #roots = new Set<string>();
  #hooks: Pick<ModuleHooks, 'deregister'> | undefined;

  /** Registers nothing in Node before the first import. */
  constructor(host: HostPackage) {
    super();
    this.#host = host;
    this.#requireFromHost = createRequire(host.url);
  }

  override async import(file: string, root: string): Promise<Readonly<Record<string, unknown>>> {
    this.#roots.add(root);
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
    if (!this.#host.shared.has(packageNameOf(specifier)) || !this.#isPlugin(context.parentURL)) return next(specifier, context);
    if (context.conditions.includes('import')) return next(specifier, { ...context, parentURL: this.#host.url });
    // For `require`, Node takes the parent from the module that requires, whatever the context says.
    return { url: pathToFileURL(this.#requireFromHost.resolve(specifier)).href, shortCircuit: true };
  }

  #isPlugin(parentUrl: string | undefined): boolean {
    if (!parentUrl?.startsWith('file:')) return false;
    const parent = fileURLToPath(parentUrl);
    return this.#roots.values().some((root) => isInside(parent, root));
  }
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
