/** Gives plugins their place in the server, and takes it from those that have gone. */
import { Injectable } from '@nestjs/common';
import type { PluginCatalog } from '../../host/index.js';
import { type MountedPlugin, PluginMounts } from '../../http/index.js';
import { PluginFiles } from '../../telemetry/index.js';
import { PluginGraph } from './plugin-graph.js';
import { PluginRuntime } from './plugin-runtime.js';

/** Which plugins another catalog keeps, adds and removes. */
export interface RosterChange {
  readonly kept: readonly PluginRuntime[];
  readonly added: readonly PluginRuntime[];
  readonly removed: readonly PluginRuntime[];
}

@Injectable()
export class PluginRoster {
  constructor(
    private readonly graph: PluginGraph,
    private readonly mounts: PluginMounts,
    private readonly files: PluginFiles,
  ) {}

  /** Every plugin, sorted by name. */
  all(): readonly PluginRuntime[] {
    return this.graph.all();
  }

  /**
   * Gives every plugin its place in the HTTP server. To be called before the server accepts requests.
   *
   * @param onUnusable called with a plugin whose routes turn out to be wrong once the server is ready
   */
  installRoutes(onUnusable: (plugin: string) => void): void {
    this.mounts.install(this.graph.all().map(mountedPlugin), onUnusable);
  }

  compare(catalog: PluginCatalog): RosterChange {
    const known = this.graph.all();
    const isKept = ({ name }: PluginRuntime): boolean => catalog.entries.has(name);
    const newcomers = [...catalog.entries.values()].filter(({ name }) => !this.graph.has(name));
    return {
      kept: known.filter(isKept),
      added: newcomers.map((entry) => new PluginRuntime(entry)),
      removed: known.filter((runtime) => !isKept(runtime)),
    };
  }

  /** Starts nothing. Removed plugins stay until they are let go. */
  takeUp(added: readonly PluginRuntime[], catalog: PluginCatalog): void {
    this.graph.admit(added, catalog);
    for (const runtime of added) {
      this.mounts.add(mountedPlugin(runtime));
      this.files.add({ plugin: runtime.name, file: runtime.entry.origin.location });
    }
  }

  /** They are down by now. Their files are remembered: a timer that they have left behind may still run. */
  letGo(gone: readonly PluginRuntime[]): void {
    this.graph.letGo(gone);
    for (const { name } of gone) this.mounts.remove(name);
  }
}

function mountedPlugin({ name, machine }: PluginRuntime): MountedPlugin {
  return { name, state: () => machine.state };
}
