/** The explorers of the application: refuses decorators that no explorer serves, and attaches the explorers to plugins that start. */
import { Inject, Injectable, Logger, type Provider, type Type } from '@nestjs/common';
import { Clock, messageOf, toError } from '../common/index.js';
import { classTokensOf, NestInternals, type NestModule, provideOwn } from '../nest/index.js';
import { ExplorerAttachment } from './explorer-attachment.js';
import { appliedMiddleware } from './applied-middleware.js';
import { PluginUnsupportedError, type UnsupportedFind } from './explorers.errors.js';
import type { ExploredTarget, PluginExplorer } from './plugin-explorer.port.js';
import { unsupportedUses } from './unsupported-uses.js';

/** The injection token of the explorers that the application gave. */
const PLUGIN_EXPLORERS = Symbol('plugin-explorers');

/** Provides the explorers, in their order, to the class below; Nest builds those that are given as classes. */
export function explorerProviders(explorers: readonly (Type<PluginExplorer> | PluginExplorer)[]): Provider[] {
  const classes = explorers.filter((explorer) => typeof explorer === 'function');
  const inOrder = (...built: PluginExplorer[]): PluginExplorer[] =>
    explorers.map((explorer) =>
      typeof explorer === 'function' ? (built[classes.indexOf(explorer)] as PluginExplorer) : explorer,
    );
  return [...classes, { provide: PLUGIN_EXPLORERS, useFactory: inOrder, inject: classes }];
}

/** A plugin that uses an object. Of those that share one, the first is the one that it is explored for. */
interface Sharer {
  readonly attachment: ExplorerAttachment;
  readonly target: ExploredTarget;
}

@Injectable()
export class PluginExplorers {
  readonly #logger = new Logger(PluginExplorers.name);
  readonly #sharers = new Map<object, Sharer[]>();
  /** Modules whose own providers an explorer has replaced: they reach no further than the plugin. */
  readonly #adapted = new WeakSet<NestModule>();

  constructor(
    @Inject(PLUGIN_EXPLORERS) private readonly explorers: readonly PluginExplorer[],
    private readonly internals: NestInternals,
    private readonly clock: Clock,
  ) {}

  /** Replaces what a module of a plugin injects by what the explorers have for it. To be called before it is built. */
  adapt(module: NestModule, start: Pick<ExploredTarget, 'plugin' | 'signal'>): void {
    const providing = this.explorers.filter(({ provide }) => provide !== undefined);
    if (providing.length === 0) return;
    const { provided, all } = classTokensOf(module);
    for (const token of all) {
      const own = providing.map((explorer) => explorer.provide?.(token, start)).find((found) => found !== undefined);
      if (!own) continue;
      provideOwn(module, token, own);
      if (provided.has(token)) this.#adapted.add(module);
    }
  }

  /**
   * To be called once the modules of a plugin are built, and before any hook of them.
   *
   * @param cause what else kept them from being built
   * @throws PluginUnsupportedError with everything in them that would have no effect, or what a `configure()` throws
   */
  async check(plugin: string, modules: readonly NestModule[], cause?: unknown): Promise<void> {
    const finds: UnsupportedFind[] = [];
    for (const module of modules) {
      // The class of a module that could not be built has no object that could be asked.
      const middleware = cause === undefined ? await appliedMiddleware(module.instance) : [];
      const isGlobal = module.isGlobal && !this.#adapted.has(module);
      const inspected = { type: module.metatype, isGlobal, middleware, classes: this.internals.explorableOf(module) };
      finds.push(...unsupportedUses(inspected, this.explorers));
    }
    if (finds.length > 0) throw new PluginUnsupportedError(plugin, finds, cause);
  }

  /** Shows all objects of a plugin to all explorers. If an explorer throws, everything is detached again. @throws what an explorer throws */
  attach(plugin: string, modules: readonly NestModule[], signal: AbortSignal): ExplorerAttachment {
    const attachment = new ExplorerAttachment(plugin, this.clock, (closed) => this.#passOn(closed));
    if (this.explorers.length === 0) return attachment;
    const classes = modules.flatMap((module) => this.internals.explorableOf(module));
    const instances = new Map(classes.flatMap(({ type, instance }) => (instance ? [[instance, type]] : [])));
    try {
      for (const [instance, type] of instances) this.#share({ attachment, target: { plugin, instance, type, signal } });
    } catch (error) {
      attachment.close();
      throw error;
    }
    return attachment;
  }

  #share(sharer: Sharer): void {
    const { attachment, target } = sharer;
    const sharers = this.#sharers.get(target.instance);
    if (sharers) return void sharers.push(sharer);
    this.#sharers.set(target.instance, [sharer]);
    attachment.explore(target, this.explorers);
  }

  /** An object of a shared module goes on for the next plugin that uses it. */
  #passOn(closed: ExplorerAttachment): void {
    for (const [instance, sharers] of this.#sharers) {
      const left = sharers.filter(({ attachment }) => attachment !== closed);
      if (left.length === sharers.length) continue;
      if (left.length === 0) this.#sharers.delete(instance);
      else this.#sharers.set(instance, left);
      const [heir] = left;
      if (heir && sharers[0]?.attachment === closed) this.#exploreFor(heir);
    }
  }

  #exploreFor({ attachment, target }: Sharer): void {
    try {
      attachment.explore(target, this.explorers);
    } catch (error) {
      const what = `${target.type.name}, which plugin "${target.plugin}" shares with one that stopped, is no longer served`;
      this.#logger.error(`${what}: ${messageOf(error)}`, toError(error));
    }
  }
}
