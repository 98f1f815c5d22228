/** Data with the version of the class that it was made by: the form of stored documents and of exports. */
import { messageOf } from '../common/index.js';
import { StateInvalidError } from './state.errors.js';

export interface Envelope {
  readonly version: number;
  readonly data: unknown;
}

/** `text` is JSON already. */
export function sealedText(version: number, text: string): string {
  return `{"version":${version},"data":${text}}`;
}

/** @throws StateInvalidError for a text that is no envelope */
export function openEnvelope(text: string, plugin: string, what: string): Envelope {
  const wrong = (problem: string, cause?: unknown): StateInvalidError =>
    new StateInvalidError(plugin, what, [`(whole): ${problem}`], cause);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw wrong(`is no JSON: ${messageOf(error)}`, error);
  }
  if (typeof content !== 'object' || content === null || !('version' in content) || !('data' in content)) {
    throw wrong('must be an object with a version and data');
  }
  const { version, data } = content;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    throw wrong('the version must be a whole number from 1');
  return { version, data };
}
