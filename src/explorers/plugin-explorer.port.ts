/** How an application teaches the host a decorator of another package: one explorer for each such package. */
import type { Type } from '@nestjs/common';
import type { OwnProvider } from '../nest/index.js';

/** A decorator of a package that looks for it in the whole application, once, when the application starts. */
export interface ForeignDecorator {
  /** The npm package: `@nestjs/schedule`. */
  readonly package: string;
  /** As it stands in the code: `@Cron`. */
  readonly name: string;
}

/** One object of a plugin that has started. */
export interface ExploredTarget {
  readonly plugin: string;
  readonly instance: object;
  readonly type: Type<object>;
  /** Aborts when the plugin's code is to end, which is later than the disposal of what the explorer returned. */
  readonly signal: AbortSignal;
}

/** Serves foreign decorators in plugins. Given to `PluginHostModule.forRoot({ explorers })`, as a class that Nest can build or as an object. */
export interface PluginExplorer {
  /** For messages. */
  readonly name: string;

  /** True if it serves this decorator. A plugin that uses a decorator which no explorer claims does not start. */
  claims(decorator: ForeignDecorator): boolean;

  /**
   * Called for each class that a module of the plugin injects or provides, before anything of the module is built. A global module of which
   * something is replaced is accepted in a plugin.
   *
   * @returns what the module gets for the class instead; `undefined` where it is left as it is
   */
  provide?(token: Type<object>, start: Pick<ExploredTarget, 'plugin' | 'signal'>): OwnProvider | undefined;

  /**
   * Called for each provider and controller of a plugin, after `onModuleInit` and before `onApplicationBootstrap`, in the plugin's async
   * context. An object that several plugins share is explored for one of them, and for the next one when that stops.
   *
   * @returns what ends it again, or `undefined` if there is nothing to do. It is disposed when the plugin takes no more work. A resource
   * with an asynchronous disposal must begin nothing new from then on, and is awaited within the plugin's drain time.
   * @throws anything: the plugin fails with it, and what was returned for its other objects is disposed
   */
  explore(target: ExploredTarget): Disposable | AsyncDisposable | undefined;
}
