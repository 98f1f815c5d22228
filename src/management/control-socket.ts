/**
 * The socket by which a shell reaches a running server: a file in the data directory that only the server's user can open. It needs no other
 * protection, since that user could change the store and the plugins as well.
 */
import { chmodSync, closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../common/index.js';
import { ControlChannelError } from './management.errors.js';

/** A folder of its own, closed to others: the socket gets its mode only after it was made. */
const FOLDER = ['panotti', 'control'] as const;
const NAME = 'socket';

/** Bytes that fit into `sun_path` before its final zero; a longer path would be cut silently. https://man7.org/linux/man-pages/man7/unix.7.html */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

export class ControlSocket implements Disposable {
  readonly path: string;
  readonly #folder: string;
  #descriptor: number | undefined;

  /** @param dataDirectory absolute */
  constructor(dataDirectory: string) {
    this.#folder = join(dataDirectory, ...FOLDER);
    this.path = join(this.#folder, NAME);
  }

  /** Makes the folder, or closes an existing one to others. @throws ControlChannelError */
  makeFolder(): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
    } catch (error) {
      throw ControlChannelError.unavailable(this.path, messageOf(error), error);
    }
  }

  /**
   * The path to listen at or to connect to. A path that is too long is replaced by one through a descriptor of the folder, on Linux only.
   *
   * @returns `undefined` if the folder does not exist
   * @throws ControlChannelError
   */
  address(): string | undefined {
    if (process.platform === 'win32') throw ControlChannelError.unavailable(this.path, 'Windows is not supported yet');
    if (Buffer.byteLength(this.path) <= LONGEST_PATH) return this.path;
    if (process.platform !== 'linux') {
      throw ControlChannelError.unavailable(
        this.path,
        `the path has more than ${LONGEST_PATH} bytes, which this system does not allow`,
      );
    }
    try {
      this.#descriptor ??= openSync(this.#folder, constants.O_RDONLY | constants.O_DIRECTORY);
      return `/proc/self/fd/${this.#descriptor}/${NAME}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw ControlChannelError.unreachable(this.path, messageOf(error), error);
    }
  }

  /** Removes a socket that a killed server has left. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Closes the socket to other users, in case they can enter the folder. */
  restrict(): void {
    chmodSync(this.path, 0o600);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
