/** The words for everything that can be wrong with a place where plugins are expected. */
import { messageOf } from '../../common/index.js';
import { printableText } from '../printable-text.js';
import type { PluginProblem } from '../plugin-problem.js';

export function unreadableDirectory(directory: string, error: unknown): PluginProblem {
  return {
    code: 'PLUGIN_DIRECTORY_UNREADABLE',
    message: `The plugin directory ${printableText(directory)} cannot be read: ${reasonOf(error)}.`,
    fix: 'Make the directory, correct its path under plugins.directories in panotti.yaml (relative to that file), or its permissions.',
  };
}

export function unreadableEntry(path: string, error: unknown): PluginProblem {
  return {
    code: 'PLUGIN_ENTRY_UNREADABLE',
    message: `${printableText(path)} cannot be read: ${reasonOf(error)}.`,
    fix: 'Correct its permissions or the link, or remove it from the plugin directory.',
  };
}

export function specialFile(path: string): PluginProblem {
  return {
    code: 'PLUGIN_ENTRY_SPECIAL',
    message: `${printableText(path)} is a pipe, a socket or a device, not a file.`,
    fix: 'Remove it from the plugin directory.',
  };
}

export function outsideDirectory(path: string, directory: string): PluginProblem {
  return {
    code: 'PLUGIN_ENTRY_OUTSIDE',
    message: `${printableText(path)} leads out of ${printableText(directory)}, so it is not loaded.`,
    fix: 'Copy the plugin into the directory, or list the directory that it leads to under plugins.directories in panotti.yaml.',
  };
}

/** @param reason completes the sentence "the plugin folder …" */
export function invalidPackage(folder: string, reason: string, fix: string): PluginProblem {
  return { code: 'PLUGIN_PACKAGE_INVALID', message: `The plugin folder ${printableText(folder)} ${reason}.`, fix };
}

export function packageNotFound(name: string, bases: readonly string[]): PluginProblem {
  return {
    code: 'PLUGIN_PACKAGE_NOT_FOUND',
    message: `The npm package "${printableText(name)}" of plugins.packages is not installed where it was looked for: ${bases.map((base) => printableText(base)).join(', ')}.`,
    fix: `Run npm install ${printableText(name)} there, or remove it from plugins.packages in panotti.yaml.`,
  };
}

/** The first line of an error, safe to print; for one of the file system without the path, which the sentence around it names. */
function reasonOf(error: unknown): string {
  return printableText(messageOf(error).replace(/, \w+ '.*$/, ''));
}
