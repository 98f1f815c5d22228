/**
 * The operator's folder while the server runs: reads it again on request, and tells of changes. A file that has gone, or was emptied, is a
 * problem here and not a request for the defaults: it is what a file looks like while it is written.
 */
import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, ClockTimer } from '../../common/index.js';
import { ConfigurationError } from '../config.errors.js';
import { problemAt, WHOLE_DOCUMENT } from '../configuration-problem.js';
import { loadConfiguration, shownName, type Configuration } from '../configuration.js';
import { listConfigurationFiles, PLUGIN_FOLDER } from '../layers/configuration-files.js';

/** Editors and `cp` write in several steps; a change counts once nothing has moved for so long. */
const QUIET_MS = 250;

const YAML_FILE = /\.ya?ml$/;

export class ConfigurationFolder {
  /** The sizes of the files when they were last in order, by path. */
  #sizes: ReadonlyMap<string, number> = new Map();

  private constructor(private readonly current: Configuration) {}

  /** @param configuration what was loaded from the folder */
  static async open(configuration: Configuration): Promise<ConfigurationFolder> {
    const folder = new ConfigurationFolder(configuration);
    folder.#sizes = await folder.#readSizes();
    return folder;
  }

  /** Reads all files again. Call `accept` once what they say is in effect. @throws ConfigurationError for a file that is gone or empty */
  async read(): Promise<ReadConfiguration> {
    const sizes = await this.#readSizes();
    const lost = [...this.#sizes].filter(([path, size]) => size > 0 && !((sizes.get(path) ?? 0) > 0));
    if (lost.length > 0) throw new ConfigurationError(lost.map(([path]) => lostFile(path, sizes.has(path))));
    const configuration = await loadConfiguration(this.current.directories, this.current.environment);
    return { configuration, accept: () => (this.#sizes = sizes) };
  }

  /** Calls `changed` once for each burst of changes to YAML files of the folder, when it is over. @throws what the system says when it cannot watch */
  watch(clock: Clock, changed: () => void): Disposable {
    let timer: ClockTimer | undefined;
    const settled = (): void => {
      arm();
      changed();
    };
    const touched = (_event: string, file: string | null): void => {
      if (file !== null && !YAML_FILE.test(file) && file !== PLUGIN_FOLDER) return;
      timer?.cancel();
      timer = clock.after(QUIET_MS, settled, { background: true });
    };
    let watchers: FSWatcher[] = [];
    // Anew after each change: a folder that was replaced is another folder.
    const arm = (): void => {
      for (const watcher of watchers) watcher.close();
      watchers = this.#folders().flatMap((folder) => watchFolder(folder, touched));
    };
    arm();
    return {
      [Symbol.dispose]: () => {
        timer?.cancel();
        for (const watcher of watchers) watcher.close();
      },
    };
  }

  #folders(): string[] {
    const { configDirectory } = this.current.directories;
    return [configDirectory, join(configDirectory, PLUGIN_FOLDER)];
  }

  async #readSizes(): Promise<Map<string, number>> {
    const { files } = await listConfigurationFiles(this.current.directories.configDirectory).catch(() => ({ files: [] }));
    const sizes = await Promise.all(files.map(async ({ path }) => [path, (await stat(path).catch(() => undefined))?.size ?? 0] as const));
    return new Map(sizes);
  }
}

export interface ReadConfiguration {
  readonly configuration: Configuration;
  /** Makes these files the ones that later reads are compared with. */
  readonly accept: () => void;
}

function lostFile(path: string, isThere: boolean): ReturnType<typeof problemAt> {
  const what = isThere ? 'is empty, and was not before' : 'is gone, and was there before';
  const fix = 'Put it back, write a comment into it if it is to say nothing, or start the server anew.';
  return problemAt({ file: shownName(path), line: 1, column: 1 }, WHOLE_DOCUMENT, what, { code: 'CONFIG_FILE', fix });
}

/** A folder that is not there has nothing to watch. */
function watchFolder(folder: string, touched: (event: string, file: string | null) => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, touched);
    // The folder itself was removed; the next look at it says so.
    watcher.on('error', () => touched('rename', null));
    return [watcher];
  } catch {
    return [];
  }
}
