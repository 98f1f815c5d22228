/** Sets the wall clock of a child process apart from that of the machine, with libfaketime (Debian: `faketime`); its monotonic clock stays true. */
import { globSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARY = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0];

export const HAS_FAKE_TIME = LIBRARY !== undefined;

export class FakeTime implements AsyncDisposable {
  private constructor(
    /** A folder that goes with it. */
    readonly directory: string,
  ) {}

  static async create(): Promise<FakeTime> {
    const time = new FakeTime(await mkdtemp(join(tmpdir(), 'panotti-time-')));
    await time.set('+0');
    return time;
  }

  /** For the environment of the process. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** @param time as libfaketime reads it: an offset such as `-3600` seconds or `+1d`, or `@2100-01-01 00:00:00`, from where it goes on */
  async set(time: string): Promise<void> {
    // In one step: a process that reads an empty file has no time at all.
    const next = `${this.#file}.next`;
    await writeFile(next, `${time}\n`);
    await rename(next, this.#file);
  }

  get #file(): string {
    return join(this.directory, 'time');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
