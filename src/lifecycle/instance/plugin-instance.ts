/**
 * One start of one plugin: the fresh module, its hooks, and everything that is attached to it while it runs. A restart makes a new one.
 * It does as it is told, phase by phase; deadlines and order belong to the starter and the stopper.
 */
import type { DynamicModule, Provider } from '@nestjs/common';
import { type Attachment, PluginEvents } from '../../events/index.js';
import type { PluginEntry } from '../../host/index.js';
import { PluginContext } from '../../plugin/index.js';
import type { DestroyHook, NestModule, StartHook } from '../nest-internals.js';
import type { PluginServices } from './plugin-services.js';

export interface PluginInstanceDetails {
  readonly entry: PluginEntry;
  readonly attempt: number;
  /** The modules of the plugins that it depends on, as they run now. */
  readonly imports: readonly DynamicModule[];
}

export class PluginInstance {
  readonly name: string;
  readonly module: DynamicModule;
  readonly context: PluginContext;
  readonly #abort = new AbortController();
  readonly #entry: PluginEntry;
  readonly #services: PluginServices;
  /** Importers before what they import: the order of destroy hooks. */
  #modules: NestModule[] = [];
  #attachment: Attachment | undefined;
  #indicators: { close(): void } | undefined;

  constructor(details: PluginInstanceDetails, services: PluginServices) {
    this.#entry = details.entry;
    this.#services = services;
    this.name = details.entry.name;
    this.context = new PluginContext({
      name: this.name,
      version: details.entry.manifest.version,
      attempt: details.attempt,
      signal: this.#abort.signal,
      openDataDirectory: () => services.dataDirectory.forPlugin(this.name),
    });
    this.module = { module: details.entry.pluginClass, imports: [...details.imports], providers: this.#providers() };
  }

  /** Builds the providers. After an abort, what arrives late is taken out of the container again. */
  async load(): Promise<void> {
    await this.#services.internals.load(this.module);
    await this.#own();
    if (this.#abort.signal.aborted) this.release();
  }

  initialize(): Promise<void> {
    return this.#upwards('onModuleInit');
  }

  /** Subscribes the handlers and registers the health checks. */
  attach(): void {
    const classes = this.#ownClasses();
    const singletons = classes.flatMap(({ instance }) => (instance ? [instance] : []));
    this.#attachment = this.#services.bus.attach(this.name, classes);
    this.#indicators = this.#services.indicators.attach(this.name, singletons);
  }

  bootstrap(): Promise<void> {
    return this.#upwards('onApplicationBootstrap');
  }

  /** Lets requests in. */
  openRoutes(): void {
    const mount = this.#services.mounts.get(this.name);
    if (!mount) return;
    const path = this.#services.mounts.pathOf(this.name);
    mount.open(this.#modules.flatMap((module) => this.#services.internals.resolveRoutes(module, path)));
  }

  /** No new requests and no new events from here on. */
  closeIntake(): void {
    this.#services.mounts.get(this.name)?.close();
    this.#attachment?.close();
    this.#indicators?.close();
  }

  /** Waits for open requests and running handlers; @returns what had to be given up, in words. */
  async drain(timeoutMs: number): Promise<string[]> {
    const mount = this.#services.mounts.get(this.name);
    const [requests = 0, handlers] = await Promise.all([mount?.drain(timeoutMs), this.#attachment?.drain(timeoutMs)]);
    const abandoned = handlers?.abandoned ?? 0;
    return [
      ...(requests > 0 ? [`${requests} open request(s) were cut`] : []),
      ...(abandoned > 0 ? [`${abandoned} event delivery(ies) were abandoned`] : []),
    ];
  }

  /** Tells the plugin's own code, through `PluginContext.signal`, that it is over. */
  abort(): void {
    this.#abort.abort();
  }

  get isAborted(): boolean {
    return this.#abort.signal.aborted;
  }

  /** The steps that end the plugin's code, in this order, each to be run with a deadline of its own. Each resolves with what was thrown. */
  destroySteps(): { readonly name: string; readonly run: () => Promise<unknown[]> }[] {
    const mine = this.#services.usage.usedOnlyBy(this.name, this.#modules);
    const hooks = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'] as const;
    return [
      ...hooks.map((name) => ({ name, run: () => this.#downwards(name, mine) })),
      { name: 'the release of its resources', run: () => this.#releaseResources() },
    ];
  }

  /** Takes its modules out of the container, those aside that another plugin uses. A second call does nothing. */
  release(): void {
    const gone = this.#services.usage.usedOnlyBy(this.name, this.#modules);
    this.#services.usage.release(this.name, this.#modules);
    this.#services.internals.remove(gone);
    this.#modules = [];
  }

  #providers(): Provider[] {
    const { manifest, configuration } = this.#entry;
    const providers: Provider[] = [
      // A factory, because it runs as soon as the module is in the container: also a start that fails later leaves its modules known.
      { provide: PluginContext, useFactory: async () => this.#own().then(() => this.context) },
      { provide: PluginEvents, useValue: this.#services.bus.publisherFor(manifest) },
    ];
    if (manifest.config) providers.push({ provide: manifest.config, useValue: configuration });
    return providers;
  }

  async #own(): Promise<void> {
    const root = await this.#services.internals.find(this.module);
    if (!root) return;
    this.#modules = this.#services.reachableModules(root);
    for (const module of this.#modules) this.#services.usage.claim(module, this.name);
  }

  #ownClasses(): ReturnType<PluginServices['internals']['classesOf']> {
    return this.#modules.flatMap((module) => this.#services.internals.classesOf(module));
  }

  /** Imported modules first, each once even where two plugins share it. */
  async #upwards(hook: StartHook): Promise<void> {
    for (const module of this.#modules.toReversed()) {
      await this.#services.usage.once(module, hook, () => this.#services.internals.runStartHook(module, hook));
      if (this.isAborted) return;
    }
  }

  async #downwards(hook: DestroyHook, modules: readonly NestModule[]): Promise<unknown[]> {
    const thrown: unknown[] = [];
    for (const module of modules) thrown.push(...(await this.#services.internals.runDestroyHook(module, hook)));
    return thrown;
  }

  async #releaseResources(): Promise<unknown[]> {
    try {
      await this.context[Symbol.asyncDispose]();
      return [];
    } catch (error) {
      return [error];
    }
  }
}
