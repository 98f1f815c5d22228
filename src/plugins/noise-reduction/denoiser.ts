/** Cleans one file: read, mix down, resample, suppress noise, write. Runs in a worker thread, in constant memory. */
import {
  FRAME_SAMPLES,
  loadNoiseSuppressor,
  SUPPRESSOR_RATE,
  type CleanFrame,
  type NoiseSuppressor,
} from './noise-suppressor.js';
import { loadResampler, type Resampler } from './resampler.js';
import { SpeechSegments, speechSeconds, type SpeechSegment } from './speech-segments.js';
import { UnreadableAudioError, WaveReader } from './wave-reader.js';
import { WaveWriter } from './wave-writer.js';

export interface DenoiseJob {
  /** Absolute path of a WAV file. */
  readonly source: string;
  /** Absolute path of a file that exists and is empty. */
  readonly target: string;
  /** Longer files are refused by what their header says. */
  readonly maxDurationSeconds: number;
  /** Called for each part of the file, with 0 to 1. */
  readonly onProgress: (done: number) => void;
}

export interface Denoised {
  readonly durationSeconds: number;
  readonly speechSeconds: number;
  readonly segments: readonly SpeechSegment[];
  /** Seconds of audio cleaned in a second. */
  readonly realTimeFactor: number;
}

/** Cleans one file after the other; one job at a time. */
export class Denoiser {
  readonly #createSuppressor: () => NoiseSuppressor;
  readonly #createResampler: (inputRate: number, outputRate: number) => Resampler;

  private constructor(
    createSuppressor: () => NoiseSuppressor,
    createResampler: (inputRate: number, outputRate: number) => Resampler,
  ) {
    this.#createSuppressor = createSuppressor;
    this.#createResampler = createResampler;
  }

  /** Compiles the two libraries, which takes some ten milliseconds. */
  static async load(): Promise<Denoiser> {
    return new Denoiser(await loadNoiseSuppressor(), await loadResampler());
  }

  /** @throws UnreadableAudioError when the source is no audio or too long */
  clean(job: DenoiseJob): Denoised {
    const startedMs = performance.now();
    using reader = new WaveReader(job.source);
    const { durationSeconds } = reader;
    if (durationSeconds > job.maxDurationSeconds) {
      throw new UnreadableAudioError(
        `The recording lasts ${Math.round(durationSeconds)} s; at most ${job.maxDurationSeconds} s are cleaned.`,
      );
    }
    using writer = new WaveWriter(job.target, SUPPRESSOR_RATE);
    const segments = new SpeechSegments(FRAME_SAMPLES / SUPPRESSOR_RATE);
    for (const { samples, voiceProbability } of this.#frames(reader, job.onProgress)) {
      writer.write(samples);
      segments.push(voiceProbability);
    }
    writer.finish();
    const found = segments.finish(durationSeconds);
    return {
      durationSeconds,
      speechSeconds: speechSeconds(found),
      segments: found,
      realTimeFactor: (durationSeconds * 1_000) / (performance.now() - startedMs),
    };
  }

  *#frames(reader: WaveReader, onProgress: (done: number) => void): Iterable<CleanFrame> {
    using resampler = this.#createResampler(reader.sampleRate, SUPPRESSOR_RATE);
    using suppressor = this.#createSuppressor();
    let read = 0;
    for (const piece of reader.monoPieces()) {
      yield* suppressor.push(resampler.push(piece));
      read += piece.length;
      onProgress(read / reader.frames);
    }
    yield* suppressor.push(resampler.finish());
    yield* suppressor.finish();
  }
}
