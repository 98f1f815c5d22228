/** A folder for one test file, removed at its end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** To be called at the top of a `describe`; the function that it returns makes a new folder. */
export function temporaryDirectories(): () => string {
  const made: string[] = [];
  afterAll(() => made.forEach((directory) => rmSync(directory, { recursive: true, force: true })));
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'panotti-plugins-'));
    made.push(directory);
    return directory;
  };
}
