/** Gives plugins that come while the server runs their place in it, and takes it from those that have gone. */
import { Injectable } from '@nestjs/common';
import type { PluginCatalog } from '../../host/index.js';
import { PluginFiles } from '../../telemetry/index.js';
import { PluginGraph } from './plugin-graph.js';
import type { PluginRuntime } from './plugin-runtime.js';
import { PluginMounts } from '../../http/index.js';

@Injectable()
export class PluginRoster {
  constructor(
    private readonly graph: PluginGraph,
    private readonly mounts: PluginMounts,
    private readonly files: PluginFiles,
  ) {}

  /** Starts nothing. */
  takeUp(added: readonly PluginRuntime[], catalog: PluginCatalog): void {
    this.graph.admit(added, catalog);
    for (const { name, machine, entry } of added) {
      this.mounts.add({ name, state: () => machine.state });
      this.files.add({ plugin: name, file: entry.origin.location });
    }
  }

  /** They are down by now. Their files are remembered: a timer that they have left behind may still run. */
  letGo(gone: readonly PluginRuntime[]): void {
    this.graph.letGo(gone);
    for (const { name } of gone) this.mounts.remove(name);
  }
}
