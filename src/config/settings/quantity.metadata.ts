/** Stores which settings are durations or sizes; the only reader of it. */
import { settingNote } from './setting-note.metadata.js';
import type { Quantity } from './units.js';

const note = settingNote<Quantity>('panotti:quantity:v1');

export const writeQuantity = note.write;

/** What `@IsDuration` or `@IsByteSize` said about the property. */
export const readQuantityOf = note.read;
