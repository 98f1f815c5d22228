/** Errors of the config room. Their codes are listed in docs/errors.md. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { asSentence, messageOf, PanottiError } from '../common/index.js';
import { describeProblems, sortedProblems, type ConfigurationProblem } from './configuration-problem.js';

/** Everything that is wrong with the configuration in one error, each line with its place, sorted by file, line and column. */
export class ConfigurationError extends PanottiError {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: Iterable<ConfigurationProblem>) {
    const sorted = sortedProblems(problems);
    const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
    super({
      code: 'CONFIGURATION_INVALID',
      message: `The configuration has ${count}:\n${describeProblems(sorted)}`,
      fix: 'Correct the places named above. PANOTTI_CONFIG_DIR names the folder that is read.',
    });
    this.problems = sorted;
  }
}

/** Something is to be encrypted, and the key for it is missing or wrong. */
export class ConfigurationKeyError extends PanottiError {
  constructor(reason: string) {
    super({
      code: 'CONFIGURATION_KEY_UNUSABLE',
      message: `The key of encrypted values cannot be used: ${reason}.`,
      fix: 'Make a key with `panotti config new-key --out <file>` and name the file in PANOTTI_CONFIG_KEY_FILE.',
    });
  }
}

/** The folder for data cannot be made or entered. */
export class DataDirectoryError extends PanottiError {
  constructor(directory: string, cause: unknown) {
    super({ code: 'DATA_DIRECTORY_UNUSABLE', ...obstacleTo(directory, cause), cause });
  }
}

const ELSEWHERE = 'or name another folder in PANOTTI_DATA_DIR.';

/** What is in the way of a folder, and the fix that fits it. */
function obstacleTo(directory: string, cause: unknown): { readonly message: string; readonly fix: string } {
  const code = codeOf(cause);
  const message = `The folder "${directory}" cannot be made`;
  const there = nearestThere(directory);
  if (isDiskFull(code)) {
    return {
      message: `${message}: its disk is full (${code}). The server does not start without it.`,
      fix: `Free space, or inodes, on the disk of ${there} and start again, ${ELSEWHERE}`,
    };
  }
  if (!isFolder(there)) return { message: `${message}: ${there} is a file.`, fix: `Move that file away, ${ELSEWHERE}` };
  return {
    message: `${message}: ${asSentence(messageOf(cause))}`,
    fix: `Make sure that what it lies in is a folder, and no link that leads nowhere, ${ELSEWHERE}`,
  };
}

function isDiskFull(code: string): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : '';
}

/** Why a folder cannot be made, from what `mkdir` has thrown, which says ENOENT of a disk that is mounted read-only. */
export function noFolderError(directory: string, cause: unknown): DataDirectoryNotWritableError | DataDirectoryError {
  const refusal = DataDirectoryNotWritableError.from(directory, cause);
  if (refusal) return refusal;
  const there = nearestThere(directory);
  if (codeOf(cause) !== 'ENOENT' || !isFolder(there)) return new DataDirectoryError(directory, cause);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (refused) {
    return DataDirectoryNotWritableError.from(there, refused) ?? new DataDirectoryError(directory, cause);
  }
  return new DataDirectoryError(directory, cause);
}

/** The user that runs the server may not write where data is kept, or its disk is mounted to be read only. */
export class DataDirectoryNotWritableError extends PanottiError {
  /** @param path the file or folder that refuses */
  constructor(path: string, cause: { readonly code: string; readonly message: string }) {
    const { uid, gid, name } = currentUser();
    const advice = {
      EROFS: 'Mount its disk or volume so that it can be written',
      EPERM: `Take its protection away, with \`chattr -i\` where it has that attribute`,
      EACCES: `Give it to that user with \`chown -R ${uid}:${gid} ${path}\`, or run the server as the user whose it is`,
    };
    super({
      code: 'DATA_DIRECTORY_NOT_WRITABLE',
      message: `The data directory is not writable: ${path} refuses the user ${name} (uid ${uid}): ${reasonOf(cause)}.`,
      fix: `${advice[cause.code === 'EROFS' || cause.code === 'EPERM' ? cause.code : 'EACCES']}, or name another folder in PANOTTI_DATA_DIR.`,
      cause,
    });
  }

  /** The error for a path that was refused; `undefined` when `cause` is another kind of failure. */
  static from(path: string, cause: unknown): DataDirectoryNotWritableError | undefined {
    if (!Error.isError(cause) || !('code' in cause) || typeof cause.code !== 'string' || !REFUSALS.has(cause.code))
      return undefined;
    const refusing = 'path' in cause && typeof cause.path === 'string' && cause.code !== 'ENOENT' ? cause.path : path;
    return new DataDirectoryNotWritableError(nearestThere(refusing), {
      ...cause,
      code: cause.code,
      message: cause.message,
    });
  }
}

/** A file that a command makes cannot be written; the old one, if any, is as it was. */
export class FileNotWrittenError extends PanottiError {
  constructor(file: string, cause: unknown) {
    super({
      code: 'FILE_NOT_WRITTEN',
      message: `The file "${file}" cannot be written: ${asSentence(messageOf(cause))}`,
      fix: 'Make its folder, or correct the path or the permissions.',
      cause,
    });
  }
}

/** `config init --write` has left `plugins.yaml` as it was. */
export class SectionNotAddedError extends PanottiError {
  constructor(plugin: string, file: string, reason: string) {
    super({
      code: 'SECTION_NOT_ADDED',
      message: `The section of plugin "${plugin}" was not added to "${file}": ${reason}.`,
      fix: `Take what you need from \`panotti config init ${plugin}\`.`,
      plugin,
    });
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM']);

/** The path, or the nearest folder above it that there is: that is what refuses to hold what is missing. */
function nearestThere(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : nearestThere(parent);
}

function reasonOf({ code }: { readonly code: string }): string {
  const reasons: Readonly<Record<string, string>> = {
    EROFS: 'it is on a disk that is mounted read-only',
    EPERM: 'it is protected from changes',
  };
  return `${reasons[code] ?? 'it may not be read, written and entered'} (${code})`;
}

function currentUser(): { uid: number; gid: number; name: string } {
  const [uid, gid] = [process.getuid?.() ?? -1, process.getgid?.() ?? -1];
  try {
    return { uid, gid, name: `"${userInfo().username}"` };
  } catch {
    // The user of a container often has no entry in its list of users.
    return { uid, gid, name: 'without a name' };
  }
}
