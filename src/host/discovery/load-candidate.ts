/** Imports one file and finds the plugin classes in it. */
import type { Type } from '@nestjs/common';
import type { Clock } from '../../common/index.js';
import { readManifest } from '../../plugin/index.js';
import { activeContextStorage, keepMetricsOfImport } from '../../telemetry/index.js';
import type { PluginProblem } from '../plugin-problem.js';
import type { DiscoveredPlugin, PluginCandidate } from './discovered-plugin.js';
import { importFailed, importTimedOut, nothingExported } from './import-problem.js';
import type { ImportWatch } from './import-watch.js';
import type { PluginModules } from './plugin-modules.port.js';
import { withinWaitingTime } from './within-waiting-time.js';

export interface Loaded {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly problem: PluginProblem | undefined;
}

export interface Loading {
  readonly modules: PluginModules;
  readonly clock: Clock;
  readonly watch: ImportWatch;
  /** How long the import of one file may wait, in milliseconds. */
  readonly timeoutMs: number;
  /** Called once if the import waits for something, so that others need not wait for it. */
  readonly onWaiting: () => void;
}

/** Every plugin class that the file exports, or the one reason why there is none. Never rejects. */
export async function loadCandidate(candidate: PluginCandidate, loading: Loading): Promise<Loaded> {
  const { modules, clock, watch, timeoutMs, onWaiting } = loading;
  const known = watch.problemOf(candidate);
  if (known) return { plugins: [], problem: known };
  // Made here, so that no error of the plugin can be mistaken for it.
  const late = new Error('The import took too long.');
  const context = new ImportContext(candidate.label);
  keepMetricsOfImport(context);
  using importing = watch.begin(candidate, timeoutMs);
  try {
    const work = activeContextStorage.run(context, () => modules.import(candidate.file, candidate.root));
    const idleMs = (): number => modules.idleMs();
    const exported = await withinWaitingTime(work, { clock, timeoutMs, idleMs, onLate: () => late, onWaiting });
    // Getters of what it exports are code of the plugin too.
    const plugins = activeContextStorage.run(context, () => pluginsAmong(exported, candidate));
    // It may have caught what it was refused with.
    if (importing.problem) return { plugins: [], problem: importing.problem };
    context.plugin = plugins[0]?.manifest.name ?? candidate.label;
    return {
      plugins,
      problem: plugins.length === 0 ? nothingExported(candidate, Object.keys(exported).sort()) : undefined,
    };
  } catch (thrown) {
    return { plugins: [], problem: importing.problem ?? problemOf(candidate, { thrown, late, timeoutMs }) };
  }
}

function problemOf(
  candidate: PluginCandidate,
  { thrown, late, timeoutMs }: { thrown: unknown; late: Error; timeoutMs: number },
): PluginProblem {
  return thrown === late ? importTimedOut(candidate, timeoutMs) : importFailed(candidate, thrown);
}

/** What runs at the top level of a file belongs to its plugin, whose name is known only afterwards. */
class ImportContext {
  readonly eventId = undefined;
  readonly eventName = undefined;
  readonly correlationId = undefined;
  readonly traceparent = undefined;

  constructor(public plugin: string) {}
}

/** A class that is exported twice, by name and as default, is one plugin. */
function pluginsAmong(
  exported: Readonly<Record<string, unknown>>,
  { kind, file }: PluginCandidate,
): DiscoveredPlugin[] {
  return [...new Set(Object.values(exported))].flatMap((value) => {
    const manifest = readManifest(value);
    if (!manifest) return [];
    // Only a class can carry a manifest.
    const pluginClass = value as Type<object>;
    fixName(pluginClass);
    return [{ pluginClass, manifest, origin: { kind, location: file } }];
  });
}

/** Nest and the host read the name of a class again and again. Where code of the plugin answers, it is asked once, while the import is guarded. */
function fixName(pluginClass: Type<object>): void {
  if (Object.getOwnPropertyDescriptor(pluginClass, 'name')?.get === undefined) return;
  Object.defineProperty(pluginClass, 'name', { value: String(pluginClass.name), configurable: true });
}
