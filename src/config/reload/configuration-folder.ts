/**
 * The operator's folder while the server runs: reads it again on request, and reports changes. A file that has gone, or was emptied, is a
 * problem here and not a request for the defaults: it is what a file looks like while it is written.
 */
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../common/index.js';
import { ConfigurationError } from '../config.errors.js';
import { problemAt, WHOLE_DOCUMENT } from '../configuration-problem.js';
import { loadConfiguration, shownName, type Configuration } from '../configuration.js';
import { listConfigurationFiles, PLUGIN_FOLDER } from '../files/configuration-files.js';
import { FolderWatch } from './folder-watch.js';

export class ConfigurationFolder {
  /** The sizes of the files when they were last in order, by path. */
  #sizes: ReadonlyMap<string, number> = new Map();

  private constructor(
    private readonly current: Configuration,
    private readonly fingerprint: string,
  ) {}

  /** @param configuration what was loaded from the folder */
  static async open(configuration: Configuration): Promise<ConfigurationFolder> {
    const folder = new ConfigurationFolder(
      configuration,
      await fingerprintOf(configuration.directories.configDirectory),
    );
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

  /**
   * Calls `changed` once for each burst of changes to what the files of the folder resolve to, when it is over: within a second, and within
   * ten where a link leads to another folder.
   */
  watch(clock: Clock, changed: () => void): Disposable {
    const { configDirectory } = this.current.directories;
    return new FolderWatch({
      folders: [configDirectory, join(configDirectory, PLUGIN_FOLDER)],
      fingerprint: () => fingerprintOf(configDirectory),
      known: this.fingerprint,
      clock,
      changed,
    });
  }

  async #readSizes(): Promise<Map<string, number>> {
    const { files } = await listConfigurationFiles(this.current.directories.configDirectory).catch(() => ({
      files: [],
    }));
    const sizes = await Promise.all(
      files.map(async ({ path }) => [path, (await stat(path).catch(() => undefined))?.size ?? 0] as const),
    );
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
  const fix = 'Put it back, write a comment into it if it is to say nothing, or start the server again.';
  return problemAt({ file: shownName(path), line: 1, column: 1 }, WHOLE_DOCUMENT, what, { code: 'CONFIG_FILE', fix });
}

/** Names, real paths, sizes and times of all files of the folder; never rejects. */
async function fingerprintOf(configDirectory: string): Promise<string> {
  const { files } = await listConfigurationFiles(configDirectory).catch(() => ({ files: [] }));
  const lines = files.map(async ({ path }) => {
    const [real, found] = await Promise.all([
      realpath(path).catch(() => ''),
      stat(path, { bigint: true }).catch(() => undefined),
    ]);
    return [path, real, ...(found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs] : [])].join(' ');
  });
  return (await Promise.all(lines)).join('\n');
}
