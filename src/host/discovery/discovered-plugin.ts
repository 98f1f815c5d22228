/** What discovery hands over: plugin classes with the place where they were found. */
import type { Type } from '@nestjs/common';
import type { PluginManifest } from '../../plugin/index.js';
import type { PluginProblem } from '../plugin-problem.js';

/** Where a plugin was found. */
export interface PluginOrigin {
  readonly kind: 'embedded' | 'shipped' | 'directory' | 'package';
  /** The file that exports it, as an absolute path; for an embedded plugin the name of its class. */
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

/** What was found, and what could not be loaded. */
export interface Discovery {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly problems: readonly PluginProblem[];
  /** Names of the folders, files and packages that could not be loaded: the plugins in them are probably called so. */
  readonly unloaded: ReadonlySet<string>;
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
}

/** Something found where a plugin was expected, which is none or cannot be read. */
export interface RefusedEntry {
  readonly label: string;
  readonly problem: PluginProblem;
}
