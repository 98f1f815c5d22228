/** Loads the operator's files. A file that is missing is empty; one that cannot be read is a problem in its document. */
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Type } from '@nestjs/common';
import { ConfigurationError } from './config.errors.js';
import { ConfigurationDocument } from './configuration-document.js';
import { problemAt, sortedProblems, WHOLE_DOCUMENT, type ConfigurationProblem } from './configuration-problem.js';
import type { Directories } from './directories.js';
import { environmentOrigin, environmentOverlay } from './environment-overlay.js';
import { variable, type Environment } from './environment.js';
import type { Path } from './tree/origin.js';
import { LARGEST_FILE_BYTES, tooLarge } from './tree/yaml-reader.js';

/** All that was loaded before anything is built. */
export interface Configuration {
  /** `panotti.yaml`, with `PORT` of the environment over `http.port`. */
  readonly host: ConfigurationDocument;
  /** `plugins.yaml`: its top-level keys are names of plugins. Paths in reports begin with `plugins`. */
  readonly plugins: ConfigurationDocument;
  readonly directories: Directories;
  readonly environment: Environment;
}

/** Reads `panotti.yaml` and `plugins.yaml`. Does not throw for anything in them: each document has its problems. */
export async function loadConfiguration(directories: Directories, environment: Environment): Promise<Configuration> {
  const missing = await missingConfigDirectory(directories, environment);
  const [host, plugins] = await Promise.all([
    missing ?? loadDocument(join(directories.configDirectory, 'panotti.yaml'), environment),
    loadDocument(join(directories.configDirectory, 'plugins.yaml'), environment, 'plugins'),
  ]);
  return { host: withEnvironment(host, environment), plugins, directories, environment };
}

/**
 * Binds, or reports everything at once.
 *
 * @throws ConfigurationError with the problems of the document and of the binding
 */
export function bindOrThrow<T extends object>(document: ConfigurationDocument, type: Type<T>, path: Path): T {
  return bindWithWarnings(document, type, path).value;
}

/**
 * As `bindOrThrow`, with the warnings of the document and of the binding.
 *
 * @throws ConfigurationError with the problems of the document and of the binding
 */
export function bindWithWarnings<T extends object>(
  document: ConfigurationDocument,
  type: Type<T>,
  path: Path,
): { readonly value: T; readonly warnings: readonly ConfigurationProblem[] } {
  const { value, problems, warnings } = document.bind(type, path);
  const all = [...document.problems, ...problems];
  if (value === undefined || all.length > 0) throw new ConfigurationError(all);
  return { value, warnings: sortedProblems([...document.warnings, ...warnings]) };
}

/** A map that is written as something else stays as it is, so that its own problem is reported. */
function withEnvironment(host: ConfigurationDocument, environment: Environment): ConfigurationDocument {
  const upper = environmentOverlay(environment);
  const http = host.valueAt(['http']);
  const isMapOrAbsent = http === undefined || http === null || (typeof http === 'object' && !Array.isArray(http));
  return upper !== undefined && isMapOrAbsent ? host.overlaidBy(upper) : host;
}

/** The default folder may be missing; one that was asked for by name may not: its name is probably misspelt. */
async function missingConfigDirectory(directories: Directories, environment: Environment): Promise<ConfigurationDocument | undefined> {
  if (!variable(environment, 'PANOTTI_CONFIG_DIR')) return undefined;
  const found = await stat(directories.configDirectory).catch(() => undefined);
  if (found?.isDirectory()) return undefined;
  return ConfigurationDocument.unreadable(problemAt(environmentOrigin('PANOTTI_CONFIG_DIR'), '', 'is not a folder that exists'));
}

async function loadDocument(path: string, environment: Environment, pathPrefix?: string): Promise<ConfigurationDocument> {
  const file = shownName(path);
  try {
    const text = await readText(path);
    return ConfigurationDocument.parse({ file, text, environment, ...(pathPrefix === undefined ? {} : { pathPrefix }) });
  } catch (error) {
    const problem = problemAt({ file, line: 1, column: 1 }, WHOLE_DOCUMENT, `cannot be read: ${reason(error)}`);
    return ConfigurationDocument.unreadable(problem);
  }
}

/** The text of the file, and no text when there is no file. */
async function readText(path: string): Promise<string> {
  const found = await stat(path).catch(ignoreMissing);
  if (found === undefined) return '';
  if (!found.isFile()) throw new UnreadableFile('it is no file');
  if (found.size > LARGEST_FILE_BYTES) throw new UnreadableFile(tooLarge());
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFile('it is not UTF-8 text');
  }
}

/** Carries a sentence from the reading to its problem; never leaves this file. */
class UnreadableFile extends Error {}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}

function reason(error: unknown): string {
  return error instanceof UnreadableFile ? error.message : (errorCode(error) ?? 'unknown reason');
}

/** By shape and not by class: errors of the system may come from another realm. */
function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Short inside the working directory, as the operator typed it; absolute elsewhere. */
function shownName(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
