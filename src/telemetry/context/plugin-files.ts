/** Which plugin a file belongs to: the last resort where code has lost its async context, and only a stack is left. */
import { findSourceMap } from 'node:module';
import { dirname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A plugin and the file that exports it. */
export interface PluginFile {
  readonly plugin: string;
  /** Absolute path. Anything else, like the class name of an embedded plugin, matches no file. */
  readonly file: string;
}

/** A position at the end of a line of a stack; the path is in the first group. */
const POSITION = /(?:\(|\s)((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):\d+:\d+\)?$/;

/** Stacks of hostile length are not searched to their end. */
const MAX_STACK_LENGTH = 16_384;

/** A file belongs to the plugin that is exported by it, else to the one whose exporting file has the nearest folder above it. */
export class PluginFiles {
  /** Folders that several plugins share belong to none of them. */
  #owners: Map<string, string | undefined> | undefined;

  readonly #files: Set<PluginFile>;

  constructor(files: Iterable<PluginFile>) {
    this.#files = new Set(files);
  }

  /** For a plugin that came while the server runs. */
  add(file: PluginFile): void {
    this.#files.add(file);
    this.#owners = undefined;
  }

  /** @param file an absolute path or a `file:` URL */
  pluginOf(file: string): string | undefined {
    const owners = (this.#owners ??= ownersOf(this.#files));
    for (let path = pathOf(file); ; path = dirname(path)) {
      if (owners.has(path)) return owners.get(path);
      if (path === dirname(path)) return undefined;
    }
  }

  /** The plugin of the innermost frame that belongs to one. */
  pluginOfStack(stack: string): string | undefined {
    for (const line of stack.slice(0, MAX_STACK_LENGTH).split('\n')) {
      const file = POSITION.exec(line)?.[1];
      const plugin = file === undefined ? undefined : this.pluginOf(file);
      if (plugin !== undefined) return plugin;
    }
    return undefined;
  }
}

/** Stacks name sources where source maps are on, so the sources of the exporting file count as well. */
function ownersOf(files: Iterable<PluginFile>): Map<string, string | undefined> {
  const owners = new Map<string, string | undefined>();
  const places = [...files].flatMap(({ plugin, file }) => {
    return file.includes(sep) ? [file, ...sourcesOf(file)].map((path) => ({ plugin, path })) : [];
  });
  for (const { plugin, path } of places) {
    const folder = dirname(path);
    owners.set(folder, owners.has(folder) && owners.get(folder) !== plugin ? undefined : plugin);
  }
  for (const { plugin, path } of places) owners.set(path, plugin);
  return owners;
}

function sourcesOf(file: string): string[] {
  const sources = findSourceMap(file)?.payload.sources ?? [];
  return sources.map((source) => pathOf(new URL(source, pathToFileURL(file)).href));
}

function pathOf(file: string): string {
  return file.startsWith('file://') ? fileURLToPath(file) : file;
}
