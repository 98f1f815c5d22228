/** Changes the sample rate of a stream of mono samples, with the Speex resampler. */
/* oxlint-disable no-underscore-dangle -- C functions of an Emscripten module begin with an underscore. */
import createSpeexResampler from '@echogarden/speex-resampler-wasm/simd';

type Speex = Awaited<ReturnType<typeof createSpeexResampler>>;

/** 0 to 10. Speex calls 5 its "desktop" quality; more costs time and is not heard in speech. */
const QUALITY = 5;
const CAPACITY = 4_096;

export interface Resampler extends Disposable {
  /** Takes samples of any number and returns those that are ready; their delay is compensated. The result is valid until the next call. */
  push(input: Float32Array): Float32Array;
  /** The samples that are still inside, so that all results together are as long as the input, rounded. */
  finish(): Float32Array;
}

/** Loads the library; the function that it returns makes a resampler for one stream. */
export async function loadResampler(): Promise<(inputRate: number, outputRate: number) => Resampler> {
  const speex = await createSpeexResampler();
  return (inputRate, outputRate) =>
    inputRate === outputRate ? new PassThrough() : new SpeexResampler(speex, inputRate, outputRate);
}

class PassThrough implements Resampler {
  push(input: Float32Array): Float32Array {
    return input;
  }

  finish(): Float32Array {
    return new Float32Array(0);
  }

  [Symbol.dispose](): void {}
}

class SpeexResampler implements Resampler {
  readonly #speex: Speex;
  readonly #ratio: number;
  readonly #state: number;
  readonly #outputCapacity: number;
  /** One block: the input, the output, then two lengths. */
  readonly #memory: number;
  #taken = 0;
  #given = 0;

  constructor(speex: Speex, inputRate: number, outputRate: number) {
    this.#speex = speex;
    this.#ratio = outputRate / inputRate;
    this.#outputCapacity = Math.ceil(CAPACITY * this.#ratio) + 64;
    this.#memory = speex._malloc(4 * (CAPACITY + this.#outputCapacity + 2));
    this.#state = speex._speex_resampler_init(1, inputRate, outputRate, QUALITY, this.#lengths);
    if (this.#state === 0) throw new Error(`The resampler refuses to go from ${inputRate} to ${outputRate} Hz.`);
    speex._speex_resampler_skip_zeros(this.#state);
  }

  push(input: Float32Array): Float32Array {
    this.#taken += input.length;
    const output = this.#process(input);
    this.#given += output.length;
    return output;
  }

  finish(): Float32Array {
    const missing = Math.round(this.#taken * this.#ratio) - this.#given;
    const parts: Float32Array[] = [];
    for (let found = 0; found < missing;) {
      const part = this.#process(new Float32Array(CAPACITY)).subarray(0, missing - found);
      found += part.length;
      parts.push(part);
    }
    this.#given += missing;
    return concatenated(parts);
  }

  [Symbol.dispose](): void {
    this.#speex._speex_resampler_destroy(this.#state);
    this.#speex._free(this.#memory);
  }

  #process(input: Float32Array): Float32Array {
    const parts: Float32Array[] = [];
    for (let offset = 0; offset < input.length;) {
      const { read, output } = this.#processBlock(input.subarray(offset, offset + CAPACITY));
      offset += read;
      parts.push(output);
    }
    return concatenated(parts);
  }

  #processBlock(block: Float32Array): { read: number; output: Float32Array } {
    const { HEAPF32, HEAPU32 } = this.#speex;
    const output = this.#memory + 4 * CAPACITY;
    const lengths = this.#lengths;
    HEAPF32.set(block, this.#memory / 4);
    HEAPU32.set([block.length, this.#outputCapacity], lengths / 4);
    const error = this.#speex._speex_resampler_process_float(
      this.#state,
      0,
      this.#memory,
      lengths,
      output,
      lengths + 4,
    );
    if (error !== 0) throw new Error(`The resampler failed with code ${error}.`);
    const [read = 0, written = 0] = HEAPU32.subarray(lengths / 4, lengths / 4 + 2);
    return { read, output: HEAPF32.slice(output / 4, output / 4 + written) };
  }

  get #lengths(): number {
    return this.#memory + 4 * (CAPACITY + this.#outputCapacity);
  }
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
