/** Stores which settings are secrets; the only reader of it. */
import { settingNote } from './setting-note.metadata.js';

export interface SecretSetting {
  /** The setting is a list of secrets. */
  readonly isList: boolean;
}

const note = settingNote<SecretSetting>('panotti:secret-setting:v1');

export const writeSecret = note.write;

/** What `@IsSecret` said about the property; `undefined` where it is no secret. */
export const readSecret = note.read;
