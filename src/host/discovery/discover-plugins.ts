/** Finds every plugin there is. Whatever is wrong with one of them is reported and costs no other. */
import type { Type } from '@nestjs/common';
import { readManifest } from '../../plugin/index.js';
import type { PluginProblem } from '../plugin-problem.js';
import type { DiscoveredPlugin, Discovery, DiscoverySources, PluginCandidate, RefusedEntry } from './discovered-plugin.js';
import { findPackage } from './find-package.js';
import { undecoratedClass } from './import-problem.js';
import { loadCandidate, type Loaded, type Loading } from './load-candidate.js';
import { scanDirectory } from './scan-directory.js';

/** Looks through all sources and imports what it finds there, one file after the other. Never rejects. */
export async function discoverPlugins(sources: DiscoverySources, loading: Omit<Loading, 'onWaiting'>): Promise<Discovery> {
  const { candidates, refused } = await findCandidates(sources);
  const loaded = await loadAll(candidates, loading);
  const embedded = fromClasses(sources.embedded);
  const { plugins, duplicates } = firstOfEachName([...embedded.plugins, ...loaded.flatMap((one) => one.plugins)]);
  const failed = candidates.filter((_candidate, position) => loaded[position]?.problem !== undefined);
  return {
    plugins,
    problems: [
      ...embedded.problems,
      ...refused.map(({ problem }) => problem),
      ...loaded.flatMap(({ problem }) => problem ?? []),
      ...duplicates,
    ],
    unloaded: new Set([...failed, ...refused].map(({ label }) => label)),
  };
}

/**
 * Not at the same time, because Node refuses to `require` an ES module while another plugin is importing it. Those that wait for something
 * are not waited for until all others are there.
 */
async function loadAll(candidates: readonly PluginCandidate[], loading: Omit<Loading, 'onWaiting'>): Promise<Loaded[]> {
  const all: Promise<Loaded>[] = [];
  for (const candidate of candidates) {
    await new Promise<void>((resolve) => {
      const one = loadCandidate(candidate, { ...loading, onWaiting: resolve });
      void one.then(() => resolve());
      all.push(one);
    });
  }
  return Promise.all(all);
}

/** All files to import, in the order of the sources. */
async function findCandidates(sources: DiscoverySources): Promise<{ candidates: PluginCandidate[]; refused: RefusedEntry[] }> {
  const scans = await Promise.all([
    ...(sources.shipped === undefined ? [] : [scanDirectory(sources.shipped, 'shipped')]),
    ...[...new Set(sources.directories)].map((directory) => scanDirectory(directory, 'directory')),
  ]);
  const packages = await Promise.all([...new Set(sources.packages)].map((name) => findPackage(name, sources.packageBases)));
  return {
    candidates: [...scans.flatMap(({ candidates }) => candidates), ...packages.filter((found) => 'file' in found)],
    refused: [...scans.flatMap(({ refused }) => refused), ...packages.filter((found) => 'problem' in found)],
  };
}

function fromClasses(classes: readonly Type<object>[]): { plugins: DiscoveredPlugin[]; problems: PluginProblem[] } {
  const plugins: DiscoveredPlugin[] = [];
  const problems: PluginProblem[] = [];
  for (const pluginClass of classes) {
    const manifest = readManifest(pluginClass);
    if (manifest) plugins.push({ pluginClass, manifest, origin: { kind: 'embedded', location: pluginClass.name } });
    else problems.push(undecoratedClass(pluginClass.name));
  }
  return { plugins, problems };
}

function firstOfEachName(found: readonly DiscoveredPlugin[]): { plugins: DiscoveredPlugin[]; duplicates: PluginProblem[] } {
  const first = new Map<string, DiscoveredPlugin>();
  const duplicates: PluginProblem[] = [];
  for (const plugin of found) {
    const used = first.get(plugin.manifest.name);
    if (used) duplicates.push(duplicate(used, plugin));
    else first.set(plugin.manifest.name, plugin);
  }
  return { plugins: [...first.values()], duplicates };
}

function duplicate(used: DiscoveredPlugin, other: DiscoveredPlugin): PluginProblem {
  const { name } = used.manifest;
  return {
    code: 'PLUGIN_DUPLICATE',
    plugin: name,
    message:
      `Plugin "${name}" was found more than once: ${used.manifest.version} in ${used.origin.location} is used, ` +
      `${other.manifest.version} in ${other.origin.location} is not.`,
    fix: 'Remove one of them, or give it another name.',
  };
}
