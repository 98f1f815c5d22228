/** Stores what `@Describe` said about a setting; the only reader of it. */
import { settingNote } from './setting-note.metadata.js';

/** What an author says about a setting beside its code. */
interface SettingText {
  /** Goes before the doc comment of the field. */
  readonly description: string | undefined;
  /** The default in words, where its value depends on the machine. */
  readonly defaultText: string | undefined;
}

const note = settingNote<SettingText>('panotti:description:v1');

export const writeSettingText = note.write;

/** What `@Describe` said about the property. */
export const readSettingText = note.read;
