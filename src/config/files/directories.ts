/** Where configuration is read from and data is written to. */
import { resolve } from 'node:path';
import { variable, type Environment } from '../environment.js';

/** Absolute paths. */
export interface Directories {
  readonly configDirectory: string;
  readonly dataDirectory: string;
}

/**
 * `PANOTTI_CONFIG_DIR` and `PANOTTI_DATA_DIR`; by default, or when empty, `config` and `data` in the working directory.
 * Relative ones start at the working directory.
 */
export function locateDirectories(environment: Environment, workingDirectory: string = process.cwd()): Directories {
  return {
    configDirectory: resolve(workingDirectory, variable(environment, 'PANOTTI_CONFIG_DIR') || 'config'),
    dataDirectory: resolve(workingDirectory, variable(environment, 'PANOTTI_DATA_DIR') || 'data'),
  };
}
