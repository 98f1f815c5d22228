/** Finds in a stack what an operator wants to know: the plugin, and the place in its code. */
import type { PluginFiles } from '../context/plugin-files.js';

/** One frame, as `getCallSites` of `node:util` gives it. */
export interface Frame {
  readonly functionName: string;
  /** A `file:` URL, a path, `node:…`, or empty for code that is in no file. */
  readonly scriptName: string;
  readonly lineNumber: number;
}

export interface BlockingCode {
  readonly plugin: string | undefined;
  /** The frame that names it best; `undefined` where only code of Node runs. */
  readonly frame: Frame | undefined;
  /** `left`: it was native code, which could not be interrupted, and this is the code that it came back to. */
  readonly seen: 'running' | 'left';
}

/**
 * The plugin is the one of the async context, else the one that the innermost frame of a plugin belongs to. Of the frames the innermost of
 * that plugin is taken, else the innermost that is in no package, else the innermost that is not Node's own.
 */
export function blockingFrame(
  frames: readonly Frame[],
  contextPlugin: string | undefined,
  pluginFiles: PluginFiles,
): Pick<BlockingCode, 'plugin' | 'frame'> {
  const inFiles = frames.filter(({ scriptName }) => scriptName !== '' && !scriptName.startsWith('node:'));
  const owned = inFiles.map((frame) => ({ frame, owner: pluginFiles.pluginOf(frame.scriptName) }));
  const plugin = contextPlugin ?? owned.find(({ owner }) => owner !== undefined)?.owner;
  const ofPlugin = inFiles.length > 0 && plugin !== undefined ? owned.filter(({ owner }) => owner === plugin) : [];
  const candidates = ofPlugin.length > 0 ? ofPlugin.map(({ frame }) => frame) : inFiles;
  return {
    plugin,
    frame: candidates.find(({ scriptName }) => !/[\\/]node_modules[\\/]/.test(scriptName)) ?? candidates[0],
  };
}

/** `by plugin "x": function f (file:line)` */
export function describeBlockingCode({ plugin, frame, seen }: BlockingCode): string {
  const who = plugin === undefined ? 'by code outside of any plugin' : `by plugin "${plugin}"`;
  if (!frame) return who;
  const place = `function ${frame.functionName || '(anonymous)'} (${frame.scriptName.replace(/^file:\/\//, '')}:${frame.lineNumber})`;
  return seen === 'running' ? `${who}: ${place}` : `${who}: native code that came back to ${place}`;
}
