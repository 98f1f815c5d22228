/** Reads a whole text file of limited size, and nothing but a regular file: a pipe or a device could hold the server up for ever. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Carries a sentence, without any content of the file, to the problem that is made of it. */
export class UnreadableFile extends Error {}

/**
 * @returns `undefined` where there is no file
 * @throws UnreadableFile with the reason as its message
 */
export function readBoundedFile(path: string, largestBytes: number): string | undefined {
  try {
    // Asked before it is opened too, because opening some devices does something.
    if (!statSync(path).isFile()) throw new UnreadableFile('it is not a file');
    return decoded(readBytes(path, largestBytes));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error instanceof UnreadableFile
      ? error
      : new UnreadableFile(systemCode(error) ?? 'unknown reason', { cause: error });
  }
}

/** The file is not there, or its folder is not. */
export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
}

/** By shape and not by class: errors of the system may come from another realm. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Without blocking, and checked again once it is open: another file may have taken the name since. */
function readBytes(path: string, largestBytes: number): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new UnreadableFile('it is not a file');
    if (found.size > largestBytes) throw new UnreadableFile(`the file is larger than ${shownSize(largestBytes)}`);
    // Files of the system say that they are empty; one byte more than expected shows a file that is longer than it said.
    const bytes = Buffer.allocUnsafe((found.size === 0 ? largestBytes : found.size) + 1);
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length < bytes.length) return bytes.subarray(0, length);
    throw new UnreadableFile(
      found.size === 0 ? `the file is larger than ${shownSize(largestBytes)}` : 'it changed while it was read',
    );
  } finally {
    closeSync(descriptor);
  }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFile('it is not UTF-8 text');
  }
}

function shownSize(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;
}
