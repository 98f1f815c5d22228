/** What discovery hands over: plugin classes with the place where they were found. */
import type { Type } from '@nestjs/common';
import type { PluginManifest } from '../../plugin/index.js';
import type { PluginProblem } from '../plugin-problem.js';

/** Where a plugin was found. */
export interface PluginOrigin {
  /** `none`: the configuration requires it, and it was not found anywhere. */
  readonly kind: 'embedded' | 'shipped' | 'directory' | 'package' | 'none';
  /**
   * The file that exports it, as an absolute path; for an embedded plugin the name of its class, and for one that could not be loaded the
   * folder, the file or the name of the package.
   */
  readonly location: string;
}

export interface DiscoveredPlugin {
  readonly pluginClass: Type<object>;
  readonly manifest: PluginManifest;
  readonly origin: PluginOrigin;
}

/** Where to look, in this order: of two plugins of one name the first is used. */
export interface DiscoverySources {
  /** Classes that an application passes in code. */
  readonly embedded: readonly Type<object>[];
  /** The folder of the plugins that ship with the server. */
  readonly shipped: string | undefined;
  /** Absolute paths of folders. */
  readonly directories: readonly string[];
  /** Names of npm packages. */
  readonly packages: readonly string[];
  /** Absolute paths of the folders from which `packages` are looked up. */
  readonly packageBases: readonly string[];
}

/** Something that should be a plugin and could not be loaded. */
export interface UnloadedPlugin {
  /** Unlike that of any other plugin; made from what it is called on disk. */
  readonly name: string;
  /** What the folder, the file, the package or the class is called. */
  readonly label: string;
  readonly origin: PluginOrigin;
  readonly problem: PluginProblem;
}

/** A directory of `plugins.directories` in which nothing can be a plugin. */
export interface FruitlessDirectory {
  readonly directory: string;
  /** Names of the folders in it, sorted. */
  readonly folders: readonly string[];
}

/** What the import of one file has come to, kept so that a later search can tell what is new. */
export interface ImportedFile {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly problem: PluginProblem | undefined;
  /** Of its code when it was imported. */
  readonly fingerprint: string;
}

/** What was found, and what could not be loaded. */
export interface Discovery {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly unloaded: readonly UnloadedPlugin[];
  /** Those that are not of one plugin that could not be loaded. */
  readonly problems: readonly PluginProblem[];
  readonly fruitless: readonly FruitlessDirectory[];
  /** By the path of the file. */
  readonly imported: ReadonlyMap<string, ImportedFile>;
  /** Names of plugins that go on with code which is not the one on the disk any more. Sorted. */
  readonly outdated: readonly string[];
}

/** A file that should export plugins. */
export interface PluginCandidate {
  /** Absolute real path of the file to import. */
  readonly file: string;
  /** Absolute real path of the folder that the plugin may not leave, and in which its imports see the host's packages. */
  readonly root: string;
  /** What it is called on disk. */
  readonly label: string;
  readonly kind: PluginOrigin['kind'];
  /** What holds its code: the folder of a package, or the file alone. */
  readonly code: string;
}

/** Something found where a plugin was expected, which is none or cannot be read. */
export interface RefusedEntry {
  readonly label: string;
  readonly origin: PluginOrigin;
  readonly problem: PluginProblem;
}
