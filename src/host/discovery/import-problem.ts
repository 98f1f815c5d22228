/** The words for everything that can go wrong while the code of a plugin is imported. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, PanottiError, toError } from '../../common/index.js';
import type { EndingCall } from '../../telemetry/index.js';
import { PackageTwiceError } from '../host.errors.js';
import { printableText } from '../printable-text.js';
import type { PluginProblem } from '../plugin-problem.js';
import type { PluginCandidate } from './discovered-plugin.js';

export function importFailed(candidate: PluginCandidate, thrown: unknown): PluginProblem {
  // The message of an error ends with its fix, which a problem has by itself.
  if (thrown instanceof PackageTwiceError)
    return { code: thrown.code, message: thrown.message.replace(`\n  Fix: ${thrown.fix}`, ''), fix: thrown.fix };
  const { code, message } = toError(thrown) as Error & { readonly code?: unknown };
  if (code === 'PLUGIN_MANIFEST_INVALID') return wrongManifest(candidate, message);
  return {
    code: 'PLUGIN_IMPORT_FAILED',
    message: `${printableText(candidate.file)} threw when it was imported${placeOf(thrown, candidate)}: ${printableText(messageOf(thrown))}`,
    fix: importFix(candidate, thrown, code),
  };
}

export function importTimedOut(candidate: PluginCandidate, timeoutMs: number): PluginProblem {
  return {
    code: 'PLUGIN_IMPORT_TIMEOUT',
    message: `${printableText(candidate.file)} was not imported within ${timeoutMs / 1_000} s: an await at the top level of it, or of what it imports, does not end.`,
    fix: 'Move what waits into onModuleInit, or raise plugins.importTimeout in panotti.yaml.',
  };
}

/** @param culprit for how long, and by which code */
export function importBlocked(candidate: PluginCandidate, culprit: string): PluginProblem {
  return {
    code: 'PLUGIN_IMPORT_BLOCKED',
    message: `${printableText(candidate.file)} was not imported, because it blocked the event loop for ${printableText(culprit)}.`,
    fix: 'Move what computes into onModuleInit, or into a worker thread; or raise plugins.importTimeout in panotti.yaml.',
  };
}

export function importEndsProcess(candidate: PluginCandidate, call: string): PluginProblem {
  return {
    code: 'PLUGIN_IMPORT_ENDS_PROCESS',
    message: `${printableText(candidate.file)} called ${printableText(call)} when it was imported.`,
    fix: 'Remove the call: plugins share one process. A plugin that cannot work throws an error in onModuleInit.',
  };
}

/** Thrown at a plugin that would end the process while it is imported. */
export class ImportEndsProcessError extends PanottiError {
  constructor({ plugin, text }: EndingCall) {
    super({
      code: 'PLUGIN_IMPORT_ENDS_PROCESS',
      plugin,
      message: `Plugin "${plugin}" called ${text} when it was imported.`,
      fix: 'Remove the call: plugins share one process. A plugin that cannot work throws an error in onModuleInit.',
    });
  }
}

export function nothingExported(candidate: PluginCandidate, exported: readonly string[]): PluginProblem {
  const names = exported.length === 0 ? 'nothing' : printableText(exported.join(', '));
  return {
    code: 'PLUGIN_EXPORT_MISSING',
    message: `${printableText(candidate.file)} exports no class with @Plugin; it exports ${names}.`,
    fix: 'Export the plugin class, as default or by name, or move the file out of the plugin directory.',
  };
}

export function undecoratedClass(className: string): PluginProblem {
  return {
    code: 'PLUGIN_EXPORT_MISSING',
    message: `The class "${printableText(className)}", given to the host as a plugin, has no @Plugin of its own.`,
    fix: 'Decorate it with @Plugin({ name, version }), or import it as an ordinary Nest module.',
  };
}

function importFix({ file }: PluginCandidate, thrown: unknown, code: unknown): string {
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return 'Install what it imports in its folder, or bundle it. Only the packages that the host shares need no installation.';
  }
  // Node does not tell where the mistake is, except to the person who runs it.
  if (thrown instanceof SyntaxError) return `Run node ${printableText(file)} to see the line, and correct it.`;
  return 'Correct the plugin, or remove it; code that may fail belongs into onModuleInit.';
}

function wrongManifest(candidate: PluginCandidate, message: string): PluginProblem {
  const [what = '', ...lines] = message.split('\n');
  // The place stands before the colon that announces the fields, and not between them.
  const heading = `${printableText(what).replace(/:$/, '')} (${printableText(candidate.file)})`;
  const fields = lines.filter((line) => line.startsWith('  - '));
  return {
    code: 'PLUGIN_MANIFEST_INVALID',
    message: [fields.length > 0 ? `${heading}:` : heading, ...fields.map((line) => `  ${printableText(line)}`)].join(
      '\n',
    ),
    fix: 'Correct the fields named above in the decorator of the class.',
  };
}

/** ` (index.js:12:3)`: the first place of the stack in the plugin's own folder. */
function placeOf(thrown: unknown, { root }: PluginCandidate): string {
  const { stack = '' } = toError(thrown);
  const places = stack.matchAll(/(file:\/\/[^\s()]+|\/[^\s():]+):(\d+)(:\d+)?/g);
  for (const [, file = '', line = '', column = ''] of places) {
    const path = file.startsWith('file:') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file;
    if (path.startsWith(root)) return ` (${printableText(relative(root, path))}:${line}${column})`;
  }
  return '';
}
