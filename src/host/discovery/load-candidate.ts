/** Imports one file and finds the plugin classes in it. */
import type { Type } from '@nestjs/common';
import { withinDeadline, type Clock } from '../../common/index.js';
import { readManifest } from '../../plugin/index.js';
import type { PluginProblem } from '../plugin-problem.js';
import type { DiscoveredPlugin, PluginCandidate } from './discovered-plugin.js';
import { importFailed, importTimedOut, nothingExported } from './import-problem.js';
import type { PluginModules } from './plugin-modules.port.js';

/** Longest time for the import of one file, in milliseconds. */
const IMPORT_TIMEOUT_MS = 10_000;

export interface Loaded {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly problem: PluginProblem | undefined;
}

/** Every plugin class that the file exports, or the one reason why there is none. Never rejects. */
export async function loadCandidate(candidate: PluginCandidate, modules: PluginModules, clock: Clock): Promise<Loaded> {
  // Made here, so that no error of the plugin can be mistaken for it.
  const late = new Error('The import took too long.');
  try {
    const work = modules.import(candidate.file, candidate.root);
    const exported = await withinDeadline(work, { clock, timeoutMs: IMPORT_TIMEOUT_MS, onLate: () => late });
    const plugins = pluginsAmong(exported, candidate);
    return { plugins, problem: plugins.length === 0 ? nothingExported(candidate, Object.keys(exported).sort()) : undefined };
  } catch (thrown) {
    return { plugins: [], problem: thrown === late ? importTimedOut(candidate, IMPORT_TIMEOUT_MS) : importFailed(candidate, thrown) };
  }
}

/** A class that is exported twice, by name and as default, is one plugin. */
function pluginsAmong(exported: Readonly<Record<string, unknown>>, { kind, file }: PluginCandidate): DiscoveredPlugin[] {
  return [...new Set(Object.values(exported))].flatMap((value) => {
    const manifest = readManifest(value);
    // Only a class can carry a manifest.
    return manifest ? [{ pluginClass: value as Type<object>, manifest, origin: { kind, location: file } }] : [];
  });
}
