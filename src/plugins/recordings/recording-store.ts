/** Keeps recordings: each session as a record of the plugin's store, its audio as a WAV file, and a folder for what is still being written. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { InjectStore, PluginContext, PluginStore, unitOfWork } from 'panotti';
import type { Recording } from './recording.js';
import { takeOverSessionFiles } from './session-files.js';

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

  constructor(
    context: PluginContext,
    @InjectStore('sessions') private readonly sessions: PluginStore<Recording>,
  ) {
    this.#root = context.dataDirectory;
  }

  /** Makes the folders, removes what an earlier process left half-written, and reads every session. */
  async load(): Promise<void> {
    await rm(this.#path('incoming'), { recursive: true, force: true });
    for (const folder of ['incoming', 'audio']) await mkdir(this.#path(folder), { recursive: true, mode: 0o700 });
    await takeOverSessionFiles(this.#path('sessions'), this.sessions, this.#logger);
    for await (const { key, value } of this.sessions.scan()) this.#recordings.set(key, value);
  }

  get size(): number {
    return this.#recordings.size;
  }

  find(id: string): Recording | undefined {
    return this.#recordings.get(id);
  }

  /** Newest first. */
  list(limit: number, offset: number): Recording[] {
    const all = [...this.#recordings.values()].sort(
      (a, b) => b.startedAt.localeCompare(a.startedAt) || b.id.localeCompare(a.id),
    );
    return all.slice(offset, offset + limit);
  }

  /**
   * Stores the session first and remembers it then, so that nobody sees what a crash would take back.
   *
   * @param together what is stored and published with it, in one commit
   */
  async save(recording: Recording, together: () => Promise<void> = async () => undefined): Promise<Recording> {
    await unitOfWork(async () => {
      await this.sessions.put(recording.id, recording);
      await together();
    });
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
