/** Keeps recordings on disk: one JSON file for each session, one WAV file for its audio, and a folder for what is still being written. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { PluginContext } from 'panotti';
import { Recording } from './recording.js';

/** A file that is being written. It becomes visible with `commit`, whole, or not at all. */
export interface IncomingFile {
  readonly handle: FileHandle;
  /** Syncs the file to the disk and moves it to its place. */
  commit(): Promise<void>;
  /** Removes it; has no effect after `commit`. */
  discard(): Promise<void>;
}

@Injectable()
export class RecordingStore {
  readonly #logger = new Logger('recordings');
  readonly #root: string;
  readonly #recordings = new Map<string, Recording>();

  constructor(context: PluginContext) {
    this.#root = context.dataDirectory;
  }

  /** Makes the folders, removes what an earlier process left half-written, and reads every session. A broken session file is reported and left alone. */
  async load(): Promise<void> {
    await rm(this.#path('incoming'), { recursive: true, force: true });
    for (const folder of ['incoming', 'audio', 'sessions']) await mkdir(this.#path(folder), { recursive: true, mode: 0o700 });
    const files = await readdir(this.#path('sessions'));
    for (const file of files.filter((name) => name.endsWith('.json'))) await this.#loadSession(file);
  }

  get size(): number {
    return this.#recordings.size;
  }

  find(id: string): Recording | undefined {
    return this.#recordings.get(id);
  }

  /** Newest first. */
  list(limit: number, offset: number): Recording[] {
    const all = [...this.#recordings.values()].sort((a, b) => b.startedAt.localeCompare(a.startedAt) || b.id.localeCompare(a.id));
    return all.slice(offset, offset + limit);
  }

  /** Writes the session first and remembers it then, so that nobody sees what a crash would take back. */
  async save(recording: Recording): Promise<Recording> {
    const file = await this.#incoming(this.#path('sessions', `${recording.id}.json`));
    try {
      await file.handle.writeFile(`${JSON.stringify(recording, undefined, 2)}\n`);
      await file.commit();
    } finally {
      await file.discard();
    }
    this.#recordings.set(recording.id, recording);
    return recording;
  }

  /** Absolute path of the audio, whether it is there or not. */
  audioFile(id: string): string {
    return this.#path('audio', `${id}.wav`);
  }

  /** Begins to write the audio of a recording. */
  receiveAudio(id: string): Promise<IncomingFile> {
    return this.#incoming(this.audioFile(id));
  }

  /** Writes and removes a file: the only proof that the folder can be written. */
  async probe(): Promise<void> {
    const file = await this.#incoming(this.#path('incoming', 'probe'));
    try {
      await file.handle.writeFile('probe');
    } finally {
      await file.discard();
    }
  }

  async #loadSession(name: string): Promise<void> {
    try {
      const recording = plainToInstance(Recording, JSON.parse(await readFile(this.#path('sessions', name), 'utf8')) as object);
      const [problem] = await validate(recording);
      if (problem) throw new Error(`"${problem.property}" is wrong`);
      if (name !== `${recording.id}.json`) throw new Error('the id inside is not that of the file');
      this.#recordings.set(recording.id, recording);
    } catch (error) {
      this.#logger.warn(`The session file ${name} is ignored: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #incoming(target: string): Promise<IncomingFile> {
    const temporary = this.#path('incoming', randomUUID());
    const handle = await open(temporary, 'wx', 0o600);
    let isDone = false;
    return {
      handle,
      commit: async () => {
        await handle.sync();
        await handle.close();
        await rename(temporary, target);
        isDone = true;
      },
      discard: async () => {
        if (isDone) return;
        isDone = true;
        await handle.close().catch(() => undefined);
        await rm(temporary, { force: true });
      },
    };
  }

  #path(...parts: string[]): string {
    return join(this.#root, ...parts);
  }
}
