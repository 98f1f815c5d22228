/** The door of the storage room. */
export { JsonFile } from './json-file.js';
export { StoredFileError } from './storage.errors.js';
