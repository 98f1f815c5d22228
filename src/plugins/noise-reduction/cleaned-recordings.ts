/** The files of cleaned recordings: audio and stretches of speech appear together and whole, or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { PluginContext } from 'panotti';
import type { Denoised } from './denoiser.js';
import { NoiseReductionConfig } from './noise-reduction.config.js';

/** What the segments file holds. */
export interface CleanedRecording extends Denoised {
  readonly recordingId: string;
  /** Identifies the file that was cleaned: another size or time means other audio. */
  readonly source: { readonly bytes: number; readonly modifiedMs: number };
}

/** Where a recording's results are, as absolute paths. */
export interface CleanedFiles {
  readonly file: string;
  readonly segmentsFile: string;
}

@Injectable()
export class CleanedRecordings {
  readonly #output: string;
  readonly #incoming: string;

  constructor(config: NoiseReductionConfig, context: PluginContext) {
    this.#output = join(context.dataDirectory, config.outputDirectory);
    this.#incoming = join(context.dataDirectory, 'incoming');
  }

  /** Makes the folders and removes what an earlier process left half-written. */
  async prepare(): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true });
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 });
    await mkdir(this.#output, { recursive: true, mode: 0o700 });
  }

  files(recordingId: string): CleanedFiles {
    return {
      file: join(this.#output, `${recordingId}.wav`),
      segmentsFile: join(this.#output, `${recordingId}.segments.json`),
    };
  }

  /** The result of an earlier run on the same file, if it is still there. */
  async find(recordingId: string, source: string): Promise<CleanedRecording | undefined> {
    const { file, segmentsFile } = this.files(recordingId);
    try {
      // Written by `save` below and by nobody else.
      const found = JSON.parse(await readFile(segmentsFile, 'utf8')) as CleanedRecording;
      const { bytes, modifiedMs } = await fingerprint(source);
      await stat(file);
      return found.source.bytes === bytes && found.source.modifiedMs === modifiedMs ? found : undefined;
    } catch {
      // Missing or damaged: it is made anew.
      return undefined;
    }
  }

  /**
   * Gives `work` an empty file to fill and, when it returns a result, moves the file to its place.
   * Whatever happens, nothing half-written stays.
   */
  async save(
    recordingId: string,
    source: string,
    work: (target: string) => Promise<Denoised | undefined>,
  ): Promise<CleanedFiles | undefined> {
    const audio = join(this.#incoming, `${randomUUID()}.wav`);
    const segments = join(this.#incoming, `${randomUUID()}.json`);
    try {
      await create(audio, '');
      const result = await work(audio);
      if (!result) return undefined;
      const cleaned: CleanedRecording = { recordingId, source: await fingerprint(source), ...result };
      await create(segments, `${JSON.stringify(cleaned, undefined, 2)}\n`);
      const files = this.files(recordingId);
      await rename(audio, files.file);
      await rename(segments, files.segmentsFile);
      return files;
    } finally {
      await rm(audio, { force: true });
      await rm(segments, { force: true });
    }
  }

  /** Writes and removes a file: the only proof that the folder can be written. */
  async probe(): Promise<void> {
    const file = join(this.#incoming, randomUUID());
    try {
      await create(file, 'probe');
    } finally {
      await rm(file, { force: true });
    }
  }
}

async function create(path: string, text: string): Promise<void> {
  await using handle = await open(path, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

async function fingerprint(path: string): Promise<CleanedRecording['source']> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, modifiedMs: mtimeMs };
}
