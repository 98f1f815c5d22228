/**
 * Removes noise from a stream of mono samples at 48 kHz with RNNoise, a recurrent network by Jean-Marc Valin (Xiph, 2018):
 * "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement".
 */
/* oxlint-disable no-underscore-dangle -- C functions of an Emscripten module begin with an underscore. */
import createRNNoise from '@echogarden/rnnoise-wasm';

type RNNoise = Awaited<ReturnType<typeof createRNNoise>>;

/** The only rate that the model knows, in hertz. */
export const SUPPRESSOR_RATE = 48_000;
/** 10 ms. */
export const FRAME_SAMPLES = 480;
/** RNNoise works on samples in the range of 16-bit integers. */
const SCALE = 32_768;

/** One cleaned frame. */
export interface CleanFrame {
  /** -1 to 1; valid until the next frame. */
  readonly samples: Float32Array;
  /** That somebody speaks in it, 0 to 1. */
  readonly voiceProbability: number;
}

/** Loads the model; the function that it returns makes a suppressor for one stream. */
export async function loadNoiseSuppressor(): Promise<() => NoiseSuppressor> {
  const rnnoise = await createRNNoise();
  return () => new NoiseSuppressor(rnnoise);
}

/** Takes samples in pieces of any length and gives as many back, aligned in time with what came in. */
export class NoiseSuppressor implements Disposable {
  readonly #rnnoise: RNNoise;
  readonly #state: number;
  readonly #memory: number;
  readonly #frame = new Float32Array(FRAME_SAMPLES);
  readonly #clean = new Float32Array(FRAME_SAMPLES);
  #filled = 0;
  #taken = 0;
  #processed = 0;

  constructor(rnnoise: RNNoise) {
    if (rnnoise._rnnoise_get_frame_size() !== FRAME_SAMPLES)
      throw new Error('This RNNoise has another frame size than 480 samples.');
    this.#rnnoise = rnnoise;
    this.#memory = rnnoise._malloc(4 * FRAME_SAMPLES);
    this.#state = rnnoise._rnnoise_create(0);
  }

  *push(input: Float32Array): Iterable<CleanFrame> {
    this.#taken += input.length;
    for (let offset = 0; offset < input.length;) {
      const part = input.subarray(offset, offset + FRAME_SAMPLES - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled === FRAME_SAMPLES) yield* this.#process();
    }
  }

  /** The frames that are still inside; the last one may be shorter. */
  *finish(): Iterable<CleanFrame> {
    for (let missing = this.#missing(); missing > 0; missing = this.#missing()) {
      this.#frame.fill(0, this.#filled);
      for (const { samples, voiceProbability } of this.#process())
        yield { samples: samples.subarray(0, missing), voiceProbability };
    }
  }

  [Symbol.dispose](): void {
    this.#rnnoise._rnnoise_destroy(this.#state);
    this.#rnnoise._free(this.#memory);
  }

  /** The first frame that comes out is dropped: RNNoise overlaps windows and so answers one frame late. */
  *#process(): Iterable<CleanFrame> {
    const start = this.#memory / 4;
    const input = this.#frame.map((sample) => sample * SCALE);
    this.#rnnoise.HEAPF32.set(input, start);
    const voiceProbability = this.#rnnoise._rnnoise_process_frame(this.#state, this.#memory, this.#memory);
    this.#filled = 0;
    this.#processed += 1;
    if (this.#processed === 1) return;
    const output = this.#rnnoise.HEAPF32.subarray(start, start + FRAME_SAMPLES);
    for (let i = 0; i < FRAME_SAMPLES; i++) this.#clean[i] = (output[i] ?? 0) / SCALE;
    yield { samples: this.#clean, voiceProbability };
  }

  /** Samples that came in and have not come out. */
  #missing(): number {
    return this.#taken - Math.max(0, this.#processed - 1) * FRAME_SAMPLES;
  }
}
