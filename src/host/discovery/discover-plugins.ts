/** Finds every plugin there is. Whatever is wrong with one of them is reported and costs no other. */
import type { Type } from '@nestjs/common';
import { readManifest } from '../../plugin/index.js';
import type { PluginProblem } from '../plugin-problem.js';
import { codeFingerprint } from './code-fingerprint.js';
import type {
  DiscoveredPlugin,
  Discovery,
  DiscoverySources,
  FruitlessDirectory,
  ImportedFile,
  PluginCandidate,
  RefusedEntry,
} from './discovered-plugin.js';
import { findPackage } from './find-package.js';
import { undecoratedClass } from './import-problem.js';
import { loadCandidate, type Loading } from './load-candidate.js';
import { isInside } from './paths.js';
import { scanDirectory } from './scan-directory.js';
import { namedApart } from './unloaded-plugin.js';

/**
 * Looks through all sources and imports what it finds there, one file after the other. Never rejects.
 *
 * @param before what an earlier search has found: a plugin that was loaded stays as it is, and what is on the disk in its place is reported
 *   as `outdated`; only what is new, and what could not be imported, is imported
 */
export async function discoverPlugins(
  sources: DiscoverySources,
  loading: Omit<Loading, 'onWaiting'>,
  before: Discovery = NOTHING,
): Promise<Discovery> {
  const found = await findCandidates(sources);
  const { kept, refused } = apartFromRunning(found.refused, before);
  // Files that have gone too: one that comes back is what Node has in memory.
  const imported = new Map(before.imported);
  const outdated = new Set(kept.map(({ manifest }) => manifest.name));
  for (const [candidate, result] of await importAll(found.candidates, before, loading)) {
    imported.set(candidate.file, result);
    const isOutdated =
      before.imported.get(candidate.file)?.plugins === result.plugins && (await hasChanged(candidate, result));
    if (isOutdated) for (const { manifest } of result.plugins) outdated.add(manifest.name);
  }
  const embedded = fromClasses(sources.embedded);
  const loaded = [...kept, ...found.candidates.flatMap(({ file }) => imported.get(file)?.plugins ?? [])];
  const { plugins, duplicates, replaced } = firstOfEachName([...embedded.plugins, ...loaded], before);
  for (const name of replaced) outdated.add(name);
  const failed = found.candidates.flatMap((candidate) =>
    refusedCandidate(candidate, imported.get(candidate.file)?.problem),
  );
  return {
    plugins,
    unloaded: namedApart(
      [...embedded.refused, ...refused, ...failed],
      plugins.map(({ manifest }) => manifest.name),
    ),
    problems: [...found.problems, ...duplicates],
    fruitless: found.fruitless,
    imported,
    outdated: [...outdated].sort(),
  };
}

/**
 * Not at the same time, because Node refuses to `require` an ES module while another plugin is importing it. Those that wait for something
 * are not waited for until all others are there.
 */
async function importAll(
  candidates: readonly PluginCandidate[],
  before: Discovery,
  loading: Omit<Loading, 'onWaiting'>,
): Promise<[PluginCandidate, ImportedFile][]> {
  const all: Promise<[PluginCandidate, ImportedFile]>[] = [];
  for (const candidate of candidates) {
    await new Promise<void>((resolve) => {
      const one = importedFile(candidate, before.imported.get(candidate.file), { ...loading, onWaiting: resolve });
      all.push(one.then((result) => [candidate, result]));
      void one.then(() => resolve());
    });
  }
  return Promise.all(all);
}

/** Node gives a file that threw once the same error until the process ends. */
const CORRECTED_SINCE = 'Its code has changed since it was imported: start the server again.';

const NOTHING: Discovery = {
  plugins: [],
  unloaded: [],
  problems: [],
  fruitless: [],
  imported: new Map(),
  outdated: [],
};

interface Candidates {
  readonly candidates: readonly PluginCandidate[];
  readonly refused: readonly RefusedEntry[];
  readonly problems: readonly PluginProblem[];
  readonly fruitless: readonly FruitlessDirectory[];
}

/** All files to import, in the order of the sources. */
async function findCandidates(sources: DiscoverySources): Promise<Candidates> {
  const shipped = sources.shipped === undefined ? [] : [await scanDirectory(sources.shipped, 'shipped')];
  const directories = await Promise.all(
    [...new Set(sources.directories)].map((directory) => scanDirectory(directory, 'directory')),
  );
  const scans = [...shipped, ...directories];
  const packages = await Promise.all(
    [...new Set(sources.packages)].map((name) => findPackage(name, sources.packageBases)),
  );
  return {
    candidates: firstOfEach(
      [...scans.flatMap(({ candidates }) => candidates), ...packages.filter((found) => 'file' in found)],
      ({ file }) => file,
    ),
    refused: firstOfEach(
      [...scans.flatMap(({ refused }) => refused), ...packages.filter((found) => 'problem' in found)],
      ({ origin, label }) => `${origin.location} ${label}`,
    ),
    problems: scans.flatMap(({ problems }) => problems),
    fruitless: directories.flatMap(({ fruitless }) => fruitless ?? []),
  };
}

/** Directories that overlap, and links, lead to one file several times. */
function firstOfEach<T>(found: readonly T[], keyOf: (one: T) => string): T[] {
  const first = new Map<string, T>();
  for (const one of found) if (!first.has(keyOf(one))) first.set(keyOf(one), one);
  return [...first.values()];
}

/** What was loaded is not imported again: Node would answer with what it has in memory. What failed may have been corrected. */
async function importedFile(
  candidate: PluginCandidate,
  before: ImportedFile | undefined,
  loading: Loading,
): Promise<ImportedFile> {
  if (before !== undefined && before.problem === undefined) return before;
  const fingerprint = await codeFingerprint(candidate.code);
  // One that did not end would hold the search up for as long again.
  if (before?.problem?.code === 'PLUGIN_IMPORT_TIMEOUT' && before.fingerprint === fingerprint) return before;
  const { plugins, problem } = await loadCandidate(candidate, loading);
  const isStillTheSame = problem !== undefined && before?.problem?.message === problem.message;
  if (!isStillTheSame || before.fingerprint === fingerprint) return { plugins, problem, fingerprint };
  return { plugins, problem: { ...problem, fix: CORRECTED_SINCE }, fingerprint: before.fingerprint };
}

async function hasChanged({ code }: PluginCandidate, { fingerprint }: ImportedFile): Promise<boolean> {
  return (await codeFingerprint(code)) !== fingerprint;
}

/** A plugin that runs is not taken away by a folder that cannot be read for the moment: it is probably being written. */
function apartFromRunning(
  refused: readonly RefusedEntry[],
  { plugins }: Discovery,
): { kept: readonly DiscoveredPlugin[]; refused: readonly RefusedEntry[] } {
  const keptBy = ({ origin }: RefusedEntry): DiscoveredPlugin[] =>
    plugins.filter((plugin) => plugin.origin.kind === origin.kind && isInside(plugin.origin.location, origin.location));
  return { kept: refused.flatMap(keptBy), refused: refused.filter((entry) => keptBy(entry).length === 0) };
}

function refusedCandidate({ label, kind, file }: PluginCandidate, problem: PluginProblem | undefined): RefusedEntry[] {
  return problem === undefined ? [] : [{ label, origin: { kind, location: file }, problem }];
}

function fromClasses(classes: readonly Type<object>[]): { plugins: DiscoveredPlugin[]; refused: RefusedEntry[] } {
  const plugins: DiscoveredPlugin[] = [];
  const refused: RefusedEntry[] = [];
  for (const pluginClass of classes) {
    const manifest = readManifest(pluginClass);
    const origin = { kind: 'embedded', location: pluginClass.name } as const;
    if (manifest) plugins.push({ pluginClass, manifest, origin });
    else refused.push({ label: pluginClass.name, origin, problem: undecoratedClass(pluginClass.name) });
  }
  return { plugins, refused };
}

/** A plugin that was loaded before stays: no other class takes the place of one that may run. */
function firstOfEachName(
  found: readonly DiscoveredPlugin[],
  before: Discovery,
): { plugins: DiscoveredPlugin[]; duplicates: PluginProblem[]; replaced: string[] } {
  const known = new Map(before.plugins.map((plugin) => [plugin.manifest.name, plugin]));
  const isNew = ({ manifest, pluginClass }: DiscoveredPlugin): boolean =>
    known.get(manifest.name)?.pluginClass !== pluginClass;
  const first = new Map<string, DiscoveredPlugin>();
  const duplicates: PluginProblem[] = [];
  for (const plugin of found.toSorted((a, b) => Number(isNew(a)) - Number(isNew(b)))) {
    const used = first.get(plugin.manifest.name);
    if (used) duplicates.push(duplicate(used, plugin));
    else first.set(plugin.manifest.name, plugin);
  }
  const plugins = [...first.values()];
  return {
    plugins: plugins.map((plugin) => known.get(plugin.manifest.name) ?? plugin),
    duplicates,
    replaced: plugins
      .filter((plugin) => known.has(plugin.manifest.name) && isNew(plugin))
      .map(({ manifest }) => manifest.name),
  };
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
