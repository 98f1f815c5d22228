/**
 * One start of one plugin, from its fresh module to the release of the last resource. A restart makes a new instance. The starter and the
 * stopper decide on order and deadlines; the instance carries out one phase at a time.
 */
import { type DynamicModule, Injectable } from '@nestjs/common';
import type { PluginEntry } from '../../host/index.js';
import type { DestroyHook, HookName, NestModule, StartHook } from '../../nest/index.js';
import { type OnConfigChange, takesConfigChanges } from '../../plugin/index.js';
import { type Intake, Intakes } from './intake.js';
import { ModuleHooks } from './module-hooks.js';
import { type OwnModules, PluginModules } from './own-modules.js';
import { type OwnResources, PluginResources } from './own-resources.js';

/** One part of a start or stop: `providers` while they are built, a hook while it is called, anything else in words. */
export type Phase =
  | { readonly kind: 'providers' }
  | { readonly kind: 'hook'; readonly hook: HookName }
  | { readonly kind: 'other'; readonly what: string };

/** One of the steps that end a plugin's code; the stopper gives each a deadline of its own. */
export interface DestroyStep {
  readonly name: string;
  readonly phase: Phase;
  /** Resolves with what was thrown. */
  readonly run: () => Promise<unknown[]>;
}

export interface PluginInstanceDetails {
  readonly entry: PluginEntry;
  /** 1 for the first start in a row. */
  readonly attempt: number;
  /** The modules of the plugins that it depends on, as they run now. */
  readonly imports: readonly DynamicModule[];
}

const RELEASE = 'the release of its resources';
const DESTROY_HOOKS = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'] as const;

export class PluginInstance {
  readonly name: string;
  /** What the plugins that depend on it import. */
  readonly module: DynamicModule;

  constructor(
    { entry, imports }: PluginInstanceDetails,
    private readonly resources: OwnResources,
    private readonly modules: OwnModules,
    private readonly hooks: ModuleHooks,
    /** Where work reaches the plugin. */
    readonly intake: Intake,
  ) {
    this.name = entry.name;
    this.module = { module: entry.pluginClass, imports: [...imports], providers: [...resources.providers] };
  }

  /**
   * Reads what the plugin remembers, and builds the providers. After an abort, what arrives late is taken out of the container again.
   *
   * @throws StateMigrationError, StateTooNewError and what else is wrong with what is stored
   * @throws PluginUnsupportedError for what would have no effect, also where Nest could not build the providers because of that
   */
  async load(): Promise<void> {
    await this.resources.load();
    if (this.isAborted) return;
    await this.modules.build(this.module, this.resources.registry);
    if (this.isAborted) this.release();
    else this.intake.prepareRoutes();
  }

  initialize(): Promise<void> {
    return this.#runStartHook('onModuleInit');
  }

  bootstrap(): Promise<void> {
    return this.#runStartHook('onApplicationBootstrap');
  }

  /** The plugin's own object; `undefined` if it cannot take new settings while it runs. */
  get configurable(): OnConfigChange | undefined {
    const { pluginObject } = this.modules;
    return pluginObject && takesConfigChanges(pluginObject) ? pluginObject : undefined;
  }

  /** The calls of this hook that have not ended, in words, including those in modules that it shares. */
  pendingHooks(hook: HookName): { readonly what: string; readonly sinceMs: number }[] {
    return this.hooks.pending(this.modules.all, hook).map(({ module, className, sinceMs }) => {
      const home = this.modules.isMain(module) ? '' : ` in ${module.name}`;
      return { what: `${hook} of ${className}${home}`, sinceMs };
    });
  }

  /** The providers whose own code has not finished building them, in words. */
  pendingProviders(): string[] {
    return this.modules.pendingProviders();
  }

  /** Reports to the plugin's own code, through `PluginContext.signal`, that it must end. */
  abort(): void {
    this.resources.abort();
  }

  get isAborted(): boolean {
    return this.resources.signal.aborted;
  }

  /**
   * The steps that end the plugin's code, in this order. Each is made when the one before has ended.
   *
   * @param signal the signal that ends the application: it may come while a plugin stops by itself
   */
  *destroySteps(signal: () => string | undefined): Iterable<DestroyStep> {
    const { own, shared } = this.modules.toEnd();
    for (const hook of DESTROY_HOOKS) yield this.#hookStep(hook, own, signal);
    yield { name: RELEASE, phase: { kind: 'other', what: RELEASE }, run: () => this.resources.dispose() };
    const left = this.modules.leave(shared);
    if (left.length > 0) for (const hook of DESTROY_HOOKS) yield this.#hookStep(hook, left, signal);
  }

  /** Takes its modules out of the container, except those that another plugin uses. A second call does nothing. */
  release(): void {
    this.modules.release();
    this.resources.closeMetrics();
  }

  /** Calls it on imported modules first. */
  #runStartHook(hook: StartHook): Promise<void> {
    return this.hooks.start(this.modules.all.toReversed(), hook, this.resources.signal);
  }

  #hookStep(hook: DestroyHook, modules: readonly NestModule[], signal: () => string | undefined): DestroyStep {
    return { name: hook, phase: { kind: 'hook', hook }, run: () => this.hooks.destroy(modules, hook, signal()) };
  }
}

/** Makes the instance of each start. */
@Injectable()
export class PluginInstances {
  constructor(
    private readonly resources: PluginResources,
    private readonly modules: PluginModules,
    private readonly hooks: ModuleHooks,
    private readonly intakes: Intakes,
  ) {}

  create(details: PluginInstanceDetails): PluginInstance {
    const { name: plugin, pluginClass } = details.entry;
    const resources = this.resources.open(details.entry, details.attempt);
    const modules = this.modules.open({ plugin, pluginClass, signal: resources.signal });
    return new PluginInstance(details, resources, modules, this.hooks, this.intakes.of(modules));
  }
}
