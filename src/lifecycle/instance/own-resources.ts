/** What each start of a plugin gets for itself beside its modules: its context, memory, metrics, and the right to publish. */
import { Injectable, type Provider } from '@nestjs/common';
import { Registry } from 'prom-client';
import { DataDirectory } from '../../config/index.js';
import { EventBus, PluginEvents } from '../../events/index.js';
import type { PluginEntry } from '../../host/index.js';
import { PluginContext } from '../../plugin/index.js';
import { type OpenedMemory, StateKeeper } from '../../state/index.js';
import { type PluginMetrics, PluginRegistries } from '../../telemetry/index.js';

@Injectable()
export class PluginResources {
  constructor(
    private readonly bus: EventBus,
    private readonly states: StateKeeper,
    private readonly registries: PluginRegistries,
    private readonly directory: DataDirectory,
  ) {}

  /** @param attempt 1 for the first start in a row */
  open({ name, manifest, configuration }: PluginEntry, attempt: number): OwnResources {
    const abort = new AbortController();
    const context = new PluginContext({
      name,
      version: manifest.version,
      attempt,
      signal: abort.signal,
      openDataDirectory: () => this.directory.forPlugin(name),
    });
    const memory = this.states.open(manifest);
    const metrics = this.registries.open(name);
    const providers: Provider[] = [
      { provide: PluginContext, useValue: context },
      { provide: Registry, useValue: metrics.registry },
      { provide: PluginEvents, useValue: this.bus.publisherFor(manifest) },
      ...memory.providers,
      ...(manifest.config ? [{ provide: manifest.config, useValue: configuration }] : []),
    ];
    return new OwnResources(abort, context, memory, metrics, providers);
  }
}

export class OwnResources {
  constructor(
    private readonly abortController: AbortController,
    private readonly context: PluginContext,
    private readonly memory: OpenedMemory,
    private readonly metrics: PluginMetrics,
    /** What the plugin's module provides. */
    readonly providers: readonly Provider[],
  ) {}

  /** That of `PluginContext.signal`. */
  get signal(): AbortSignal {
    return this.abortController.signal;
  }

  get registry(): Registry {
    return this.metrics.registry;
  }

  /** Reads what the plugin remembers. @throws StateMigrationError, StateTooNewError and what else is wrong with what is stored */
  load(): Promise<void> {
    return this.memory.load();
  }

  /** Reports to the plugin's own code, through its signal, that it must end. */
  abort(): void {
    this.abortController.abort();
  }

  /** Disposes of what the plugin has handed over to its context, and closes its memory. @returns what was thrown */
  async dispose(): Promise<unknown[]> {
    try {
      await this.context[Symbol.asyncDispose]();
      return [];
    } catch (error) {
      return [error];
    } finally {
      this.memory.close();
    }
  }

  /** From here on its metrics are not collected. */
  closeMetrics(): void {
    this.metrics.close();
  }
}
