/**
 * One start of one plugin: the fresh module, its hooks, and everything that is attached to it while it runs. A restart makes a new one.
 * It does as it is told, phase by phase; deadlines and order belong to the starter and the stopper.
 */
import type { DynamicModule, Provider } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { Registry } from 'prom-client';
import { type Attachment, type HeldEvents, PluginEvents } from '../../events/index.js';
import type { PluginEntry } from '../../host/index.js';
import { type OnConfigChange, PluginContext, takesConfigChanges } from '../../plugin/index.js';
import type { OpenedMemory } from '../../state/index.js';
import type { PluginMetrics } from '../../telemetry/index.js';
import type { ExplorerAttachment } from '../../explorers/index.js';
import {
  type ContainedClass,
  type DestroyHook,
  type HookName,
  type NestModule,
  routesTakenFrom,
  secondCopyIn,
  type StartHook,
  takeRoutes,
} from '../../nest/index.js';
import { type Build, buildModules } from './build-modules.js';
import { OwnModules } from './own-modules.js';
import { ModulePaths } from '../../http/index.js';
import type { DestroyStep, ShutdownSignalName } from './destroy-step.js';
import type { PluginServices } from './plugin-services.js';

export interface PluginInstanceDetails {
  readonly entry: PluginEntry;
  readonly attempt: number;
  /** The modules of the plugins that it depends on, as they run now. */
  readonly imports: readonly DynamicModule[];
}

const RELEASE = 'the release of its resources';
const DESTROY_HOOKS = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'] as const;

export class PluginInstance {
  readonly name: string;
  readonly module: DynamicModule;
  readonly context: PluginContext;
  readonly #abort = new AbortController();
  readonly #entry: PluginEntry;
  readonly #services: PluginServices;
  readonly #memory: OpenedMemory;
  readonly #metrics: PluginMetrics;
  readonly #own: OwnModules;
  #classes: readonly ContainedClass[] | undefined;
  #routeConfig: ApplicationConfig | undefined;
  #attachment: Attachment | undefined;
  #explored: ExplorerAttachment | undefined;
  #indicators: { close(): void } | undefined;

  constructor(details: PluginInstanceDetails, services: PluginServices) {
    this.#entry = details.entry;
    this.#services = services;
    this.name = details.entry.name;
    this.#own = new OwnModules(this.name, details.entry.pluginClass, services);
    this.#memory = services.states.open(details.entry.manifest);
    this.#metrics = services.registries.open(this.name);
    this.context = new PluginContext({
      name: this.name,
      version: details.entry.manifest.version,
      attempt: details.attempt,
      signal: this.#abort.signal,
      openDataDirectory: () => services.dataDirectory.forPlugin(this.name),
    });
    this.module = { module: details.entry.pluginClass, imports: [...details.imports], providers: this.#providers() };
  }

  /**
   * Reads what the plugin remembers, and builds the providers. After an abort, what arrives late is taken out of the container again.
   *
   * @throws StateMigrationError, StateTooNewError and what else is wrong with what is stored
   * @throws PluginUnsupportedError for what would have no effect, also where Nest could not build the providers because of that
   */
  async load(): Promise<void> {
    await this.#memory.load();
    if (this.#abort.signal.aborted) return;
    try {
      await this.#build();
    } catch (error) {
      await this.#services.explorers.check(this.name, this.#modules, error);
      throw secondCopyIn(this.name, error, this.#modules) ?? error;
    }
    if (!this.isAborted) await this.#services.explorers.check(this.name, this.#modules);
    if (this.isAborted) this.release();
    else
      this.#routeConfig = this.#services.internals.enhancers.configFor(this.#own.built, this.#services.routeValidation);
  }

  initialize(): Promise<void> {
    return this.#upwards('onModuleInit');
  }

  /** Subscribes the handlers, and starts what explorers serve. */
  async attach(): Promise<void> {
    this.#attachment = this.#services.bus.attach(this.name, this.#ownClasses());
    await this.#attachment.isStored;
    if (this.isAborted) return;
    this.#explored = this.#services.explorers.attach(this.name, this.#modules, this.#abort.signal);
  }

  /** The plugin's own object, where it takes new settings while it runs. */
  get configurable(): OnConfigChange | undefined {
    const own = this.#ownClasses().find(({ type }) => type === this.#entry.pluginClass)?.instance;
    return own && takesConfigChanges(own) ? own : undefined;
  }

  bootstrap(): Promise<void> {
    return this.#upwards('onApplicationBootstrap');
  }

  /** Lets requests in. */
  openRoutes(): void {
    const mount = this.#services.mounts.get(this.name);
    if (!mount) return;
    const path = this.#services.mounts.pathOf(this.name);
    const modules = this.#modules;
    const taken = modules.map((module) => [module.metatype, routesTakenFrom(module)] as const);
    const [paths, { internals }] = [ModulePaths.of(this.name, taken), this.#services];
    const routes = modules.flatMap((module) =>
      internals.resolveRoutes(module, `${path}${paths.of(module.metatype)}`, this.#routeConfig),
    );
    mount.open(internals.withoutConflicts(this.name, routes));
  }

  /** Registers the health checks: last, because none of them has anything to say of a plugin that is not up. */
  watchHealth(): void {
    const singletons = this.#ownClasses().flatMap(({ instance }) => (instance ? [instance] : []));
    this.#indicators = this.#services.indicators.attach(this.name, singletons);
  }

  /** The calls of this hook that have not ended, those in modules that it shares included; in words. */
  pendingHooks(hook: HookName): { readonly what: string; readonly sinceMs: number }[] {
    return this.#services.calls.of(this.#modules, hook).map(({ module, className, sinceMs }) => {
      const home = module.metatype === this.module.module ? '' : ` in ${module.name}`;
      return { what: `${hook} of ${className}${home}`, sinceMs };
    });
  }

  /** The providers whose own code keeps it from being built, in words; another plugin may be the one that builds them. */
  pendingProviders(): string[] {
    return this.#services.internals.pendingProviders(this.#modules);
  }

  /** Instead of handling events, lets them wait for the instance that comes after this one. */
  holdEvents(): HeldEvents | undefined {
    return this.#attachment && this.#services.bus.hold(this.#attachment);
  }

  /** Handles what has waited, before anything newer. */
  takeOver(held: HeldEvents | undefined): void {
    if (!this.#attachment) return;
    held?.release(this.#attachment);
    this.#services.bus.activate(this.#attachment);
  }

  /** No new requests, no new events and nothing new of what explorers serve from here on. */
  closeIntake(): void {
    this.#services.mounts.get(this.name)?.close();
    this.#attachment?.close();
    this.#explored?.close();
    this.#indicators?.close();
  }

  /** Waits for open requests and running handlers; @returns what had to be given up, in words. */
  async drain(timeoutMs: number): Promise<string[]> {
    const mount = this.#services.mounts.get(this.name);
    const [requests = 0, handlers, explored = []] = await Promise.all([
      mount?.drain(timeoutMs),
      this.#attachment?.drain(timeoutMs),
      this.#explored?.drain(timeoutMs),
    ]);
    const abandoned = handlers?.abandoned ?? 0;
    return [
      ...(requests > 0 ? [`${requests} open request(s) were cut`] : []),
      ...(abandoned > 0 ? [`${abandoned} event delivery(ies) were abandoned`] : []),
      ...explored,
    ];
  }

  /** Tells the plugin's own code, through `PluginContext.signal`, that it is over. */
  abort(): void {
    this.#abort.abort();
  }

  get isAborted(): boolean {
    return this.#abort.signal.aborted;
  }

  /** The steps that end the plugin's code, in this order, each to be run with a deadline of its own; each is made when the one before has ended. */
  *destroySteps(signal: ShutdownSignalName): Iterable<DestroyStep> {
    const { usage } = this.#services;
    const modules = this.#own.allToEnd;
    const mine = usage.usedOnlyBy(this.name, modules);
    for (const hook of DESTROY_HOOKS) yield this.#hookStep(hook, mine, signal);
    yield { name: RELEASE, phase: { kind: 'other', what: RELEASE }, run: () => this.#releaseResources() };
    // Those that used them as well have ended meanwhile: the last one ends them.
    const shared = modules.filter((module) => !mine.includes(module));
    const left = usage.leave(this.name, shared);
    if (left.length > 0) for (const hook of DESTROY_HOOKS) yield this.#hookStep(hook, left, signal);
  }

  /** Takes its modules out of the container, those aside that another plugin uses. A second call does nothing. */
  release(): void {
    this.#own.release();
    this.#metrics.close();
    this.#classes = undefined;
    this.#routeConfig = undefined;
  }

  #providers(): Provider[] {
    const { manifest, configuration } = this.#entry;
    const providers: Provider[] = [
      { provide: PluginContext, useValue: this.context },
      { provide: Registry, useValue: this.#metrics.registry },
      { provide: PluginEvents, useValue: this.#services.bus.publisherFor(manifest) },
      ...this.#memory.providers,
    ];
    if (manifest.config) providers.push({ provide: manifest.config, useValue: configuration });
    return providers;
  }

  get #modules(): NestModule[] {
    return this.#own.all;
  }

  #build(): Promise<void> {
    const { name: plugin, module } = this;
    const build: Build = {
      plugin,
      module,
      registry: this.#metrics.registry,
      isAborted: () => this.isAborted,
      onScope: (scope) => (this.#own.scope = scope),
      onModule: (one) => this.#own.claim(one),
      onScanned: (one) => this.#adapt(one),
    };
    return buildModules(build, this.#services);
  }

  /** Before anything of the module is built. One that another plugin has built already stays as it is. */
  #adapt(module: NestModule): void {
    if (!this.#own.has(module)) return;
    takeRoutes(module);
    this.#services.internals.enhancers.bind(module, this.#own.built);
    this.#services.explorers.adapt(module, { plugin: this.name, signal: this.#abort.signal });
  }

  /** Complete once the modules are built: only to be asked from then on. */
  #ownClasses(): readonly ContainedClass[] {
    this.#classes ??= this.#modules.flatMap((module) => this.#services.internals.classesOf(module));
    return this.#classes;
  }

  /** Imported modules first, each once even where two plugins share it. */
  async #upwards(hook: StartHook): Promise<void> {
    for (const module of this.#modules.toReversed()) {
      await this.#services.usage.once(module, hook, () =>
        this.#services.internals.runStartHook(module, hook, this.#services.calls.recorder(module, hook)),
      );
      if (this.isAborted) return;
    }
  }

  async #downwards(hook: DestroyHook, modules: readonly NestModule[], signal: string | undefined): Promise<unknown[]> {
    const thrown: unknown[] = [];
    for (const module of modules) {
      const call = this.#services.calls.recorder(module, hook);
      thrown.push(...(await this.#services.internals.runDestroyHook(module, hook, call, signal)));
    }
    return thrown;
  }

  #hookStep(hook: DestroyHook, modules: readonly NestModule[], signal: ShutdownSignalName): DestroyStep {
    return { name: hook, phase: { kind: 'hook', hook }, run: () => this.#downwards(hook, modules, signal()) };
  }

  async #releaseResources(): Promise<unknown[]> {
    try {
      await this.context[Symbol.asyncDispose]();
      return [];
    } catch (error) {
      return [error];
    } finally {
      this.#memory.close();
    }
  }
}
