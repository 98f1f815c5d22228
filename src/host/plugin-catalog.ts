/** Every plugin that was found, what is known about it before anything is started, and all that is wrong. */
import type { Type } from '@nestjs/common';
import { sortedProblems, type ConfigurationDocument, type ConfigurationProblem } from '../config/index.js';
import type { PluginManifest } from '../plugin/index.js';
import type { PluginOrigin } from './discovery/discovered-plugin.js';
import type { DependencyGraph } from './graph/dependency-graph.js';
import { problemReport, sortProblems, type PluginProblem } from './plugin-problem.js';
import type { PluginSection } from './plugin-section.js';

/**
 * `startable`: nothing speaks against it. `disabled`: the configuration says so. `blocked`: the machine lacks something.
 * `invalid`: its dependencies or its configuration are wrong, or it could not be loaded; stronger than `blocked`.
 */
export type PluginEntryStatus = 'startable' | 'disabled' | 'blocked' | 'invalid';

export interface PluginEntry {
  readonly name: string;
  /** Whether there is a class; without one, the manifest holds nothing but the name. */
  readonly isLoaded: boolean;
  readonly manifest: PluginManifest;
  readonly pluginClass: Type<object>;
  readonly origin: PluginOrigin;
  readonly status: PluginEntryStatus;
  /** What keeps it from starting. A cycle is with each of its plugins. */
  readonly problems: readonly PluginProblem[];
  /** A frozen instance of the plugin's config class; `undefined` where it has none or is not startable. */
  readonly configuration: object | undefined;
  readonly section: PluginSection;
  /** What works in its configuration and should be written otherwise. */
  readonly warnings: readonly ConfigurationProblem[];
}

/** Whether nothing but what it calls normal keeps it from starting. */
export function waitsForProgram({ status, problems }: PluginEntry): boolean {
  return status === 'blocked' && problems.every(({ isExpected }) => isExpected === true);
}

export interface PluginCatalogDetails {
  readonly entries: Iterable<PluginEntry>;
  readonly problems: Iterable<PluginProblem>;
  readonly graph: DependencyGraph;
  /** Of the documents that it was made from; those of each plugin are with its entry. */
  readonly warnings: Iterable<ConfigurationProblem>;
  /** Ends what discovery has set up. */
  readonly modules: Disposable;
  /** The entries as they would be with these sections laid over `plugins.yaml`. */
  readonly reassess: (sections: object) => readonly PluginEntry[];
  /** Names of plugins that go on with code which is not the one on the disk any more. */
  readonly outdated: readonly string[];
  /** What there is now, under another `plugins.yaml`. */
  readonly renewed: (document: ConfigurationDocument) => Promise<PluginCatalog>;
}

/** Immutable. Dispose of it after the last plugin has stopped: until then plugins may import, and get the host's packages. */
export class PluginCatalog implements Disposable {
  /** By name, sorted by name. */
  readonly entries: ReadonlyMap<string, PluginEntry>;
  /** Each problem once, sorted by plugin; also those of files that could not be loaded. Without those that are expected. */
  readonly problems: readonly PluginProblem[];
  /** What works in the configuration and should be written otherwise, of the files and of all plugins. Sorted. */
  readonly warnings: readonly ConfigurationProblem[];
  /** All plugins, the disabled ones included, and those that could not be loaded. */
  readonly graph: DependencyGraph;
  /** Names of plugins that go on with code which is not the one on the disk any more, until the process ends. Sorted. */
  readonly outdated: readonly string[];
  readonly #modules: Disposable;
  readonly #reassess: PluginCatalogDetails['reassess'];
  readonly #renewed: PluginCatalogDetails['renewed'];

  constructor({ entries, problems, warnings, graph, modules, outdated, reassess, renewed }: PluginCatalogDetails) {
    const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.entries = new Map(sorted.map((entry) => [entry.name, entry]));
    this.problems = sortProblems([...problems].filter(({ isExpected }) => isExpected !== true));
    this.warnings = sortedProblems([...warnings, ...sorted.flatMap((entry) => entry.warnings)]);
    this.graph = graph;
    this.#modules = modules;
    this.#reassess = reassess;
    this.outdated = outdated;
    this.#renewed = renewed;
  }

  /** Those of `problems` that are about places in the configuration, place by place. */
  get configurationProblems(): ConfigurationProblem[] {
    return this.problems.flatMap(({ configuration = [] }) => configuration);
  }

  /**
   * A plugin as it would be with another section, key by key over that of `plugins.yaml`; the catalog stays as it is.
   *
   * @throws RangeError for a plugin that the catalog does not have
   */
  reassess(name: string, section: object): PluginEntry {
    const entry = this.#reassess({ [name]: section }).find((candidate) => candidate.name === name);
    if (!entry) throw new RangeError(`The catalog has no plugin "${name}".`);
    return entry;
  }

  /**
   * Looks for plugins again, and assesses all of them under another `plugins.yaml`. What was loaded stays as it is; what came since is
   * imported. This catalog stays as it is, and is the one to be disposed.
   *
   * @throws ConfigurationError where the file as a whole cannot be read
   */
  renewed(document: ConfigurationDocument): Promise<PluginCatalog> {
    return this.#renewed(document);
  }

  /** All problems in one text, each with its fix; empty where there are none. */
  report(): string {
    return problemReport(this.problems);
  }

  [Symbol.dispose](): void {
    this.#modules[Symbol.dispose]();
  }
}
