/** Errors of the config room. Their codes are listed in docs/errors.md. */
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
    super({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: `The folder "${directory}" cannot be made.`,
      fix: 'Make its parent writable for the user that runs the server, or name another folder in PANOTTI_DATA_DIR.',
      cause,
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
