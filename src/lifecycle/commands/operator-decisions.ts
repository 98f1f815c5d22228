/** What operators have decided about plugins while the server runs: settings until the server ends, and states that last. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog, type PluginEntry } from '../../host/index.js';
import { Orchestrator } from '../orchestration/orchestrator.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import { DesiredStates, type KeptState } from './desired-states.js';

/** What is laid over the section of a plugin. */
export interface SectionOverlay {
  readonly enabled?: boolean;
  readonly settings?: object;
}

@Injectable()
export class OperatorDecisions {
  /** That of the last reload of the configuration. */
  #catalog: PluginCatalog;
  readonly #overlays = new Map<PluginRuntime, SectionOverlay>();

  constructor(
    catalog: PluginCatalog,
    private readonly desired: DesiredStates,
    private readonly orchestrator: Orchestrator,
  ) {
    this.#catalog = catalog;
  }

  /** Puts what was kept before the last restart of the server into effect. To be called before any plugin starts. */
  async restore(runtimes: readonly PluginRuntime[]): Promise<void> {
    await this.desired.load();
    for (const runtime of runtimes) this.restoreOne(runtime);
  }

  restoreOne(runtime: PluginRuntime): void {
    const state = this.desired.of(runtime.name);
    if (state === 'running') this.orchestrator.adopt(runtime, this.entryWith(runtime, { enabled: true }));
    else if (state !== undefined) this.orchestrator.prepare(runtime, state);
  }

  /** Keeps a state for the next start of the server; `undefined` lets the configuration decide. @throws StoreFullError, StoreFailedError */
  keep(runtime: PluginRuntime, state: KeptState | undefined): Promise<void> {
    return this.desired.keep(runtime.name, state);
  }

  /** Keeps that a plugin is to run, if the configuration disables it. @throws StoreFullError, StoreFailedError */
  async keepRunning(runtime: PluginRuntime): Promise<void> {
    const { section } = this.#catalog.entries.get(runtime.name) ?? runtime.entry;
    await this.keep(runtime, section.enabled ? undefined : 'running');
  }

  overlayOf(runtime: PluginRuntime): SectionOverlay | undefined {
    return this.#overlays.get(runtime);
  }

  /** The plugin with something more laid over its section. An overlay that makes the plugin invalid is not kept. */
  entryWith(runtime: PluginRuntime, change: SectionOverlay): PluginEntry {
    const overlay = { ...this.#overlays.get(runtime), ...change };
    const entry = this.#catalog.reassess(runtime.name, overlay);
    if (entry.status !== 'invalid') this.#overlays.set(runtime, overlay);
    return entry;
  }

  /** Goes back to what `overlayOf` returned before a change. */
  takeBack(runtime: PluginRuntime, overlay: SectionOverlay | undefined): void {
    if (overlay) this.#overlays.set(runtime, overlay);
    else this.#overlays.delete(runtime);
  }

  /** From here on the plugins are as this catalog has them, below what operators have decided. */
  use(catalog: PluginCatalog): void {
    this.#catalog = catalog;
  }

  entryOf(runtime: PluginRuntime): PluginEntry {
    const overlay = this.#overlays.get(runtime);
    const written = this.#catalog.entries.get(runtime.name);
    return overlay === undefined && written ? written : this.#catalog.reassess(runtime.name, overlay ?? {});
  }

  /** For plugins that have gone. */
  forget(runtimes: readonly PluginRuntime[]): void {
    for (const runtime of runtimes) this.#overlays.delete(runtime);
  }
}
