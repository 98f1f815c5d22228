/** A small value that survives restarts, as one JSON file that is replaced as a whole. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataDirectoryNotWritableError } from '../config/index.js';
import { StoredFileError } from './storage.errors.js';

export class JsonFile {
  #writing: Promise<void> = Promise.resolve();

  /** @param path absolute; its folder is made when the first value is written */
  constructor(readonly path: string) {}

  /**
   * @returns what was written last; `undefined` when nothing was
   * @throws StoredFileError when the file cannot be read or is no JSON; DataDirectoryNotWritableError when the user may not
   */
  async read(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.path, 'utf8')) as unknown;
    } catch (error) {
      if (Error.isError(error) && 'code' in error && error.code === 'ENOENT') return undefined;
      throw DataDirectoryNotWritableError.from(this.path, error) ?? new StoredFileError(this.path, 'read', error);
    }
  }

  /**
   * Resolves when the value is on the disk. Writes happen one after another, in the order of the calls.
   *
   * @throws StoredFileError when the disk does not take it, DataDirectoryNotWritableError when the user may not write it; what was there before is still there
   */
  write(value: unknown): Promise<void> {
    const written = this.#writing.then(() => this.#replace(JSON.stringify(value, undefined, 2)));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #replace(text: string): Promise<void> {
    const temporary = `${this.path}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      await writeDurably(temporary, text);
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw DataDirectoryNotWritableError.from(this.path, error) ?? new StoredFileError(this.path, 'written', error);
    }
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}
