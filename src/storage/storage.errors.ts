/** Errors of the storage room. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';

/** A file in the data directory could not be used. */
export class StoredFileError extends PanottiError {
  constructor(path: string, what: 'read' | 'written', cause: unknown) {
    super({
      code: 'STORED_FILE_UNUSABLE',
      message: `The file ${path} could not be ${what}.`,
      fix: 'Check the permissions and the space of the data directory; a file that is damaged can be removed, and what it kept is forgotten.',
      cause,
    });
  }
}
