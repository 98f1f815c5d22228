/**
 * The socket by which a shell reaches a running server: a file in the data directory that only the server's user can open. That is all the
 * protection it has and needs, since that user could change the store and the plugins as well.
 */
import { chmodSync, closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../common/index.js';
import { ControlChannelError } from './management.errors.js';

/** Of its own, so that nobody else can get in between the making of the socket and the change of its mode. */
const FOLDER = ['panotti', 'control'] as const;
const NAME = 'socket';

/** What fits into `sun_path` before its final zero; a longer path would be cut without a word. https://man7.org/linux/man-pages/man7/unix.7.html */
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

  /** Makes the folder, or takes it back from others. @throws ControlChannelError */
  makeFolder(): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
    } catch (error) {
      throw ControlChannelError.unavailable(this.path, messageOf(error), error);
    }
  }

  /**
   * What to listen at or to connect to. For a path that is too long it leads through a descriptor of the folder, which Linux alone has.
   *
   * @returns `undefined` when there is no such folder
   * @throws ControlChannelError
   */
  address(): string | undefined {
    if (process.platform === 'win32') throw ControlChannelError.unavailable(this.path, 'on Windows there is none yet');
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

  /** After a server that could not: nobody listens there. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Keeps others out who could get into the folder. */
  restrict(): void {
    chmodSync(this.path, 0o600);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
