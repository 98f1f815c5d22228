/** The parts that this plugin uses of two packages that ship no types: Emscripten modules, with C functions and one heap. */

declare module '@echogarden/rnnoise-wasm' {
  interface RNNoiseModule {
    /** A view of the heap; a new one after the heap has grown, so it is read anew at each use. */
    readonly HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _rnnoise_get_frame_size(): number;
    /** @param model 0 for the model that is compiled in */
    _rnnoise_create(model: number): number;
    _rnnoise_destroy(state: number): void;
    /** Returns the probability that the frame holds a voice. */
    _rnnoise_process_frame(state: number, output: number, input: number): number;
  }
  export default function createRNNoise(): Promise<RNNoiseModule>;
}

declare module '@echogarden/speex-resampler-wasm/simd' {
  interface SpeexResamplerModule {
    readonly HEAPF32: Float32Array;
    readonly HEAP32: Int32Array;
    readonly HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** Returns 0 and fills `error` when it fails. */
    _speex_resampler_init(
      channels: number,
      inputRate: number,
      outputRate: number,
      quality: number,
      error: number,
    ): number;
    _speex_resampler_destroy(state: number): void;
    _speex_resampler_skip_zeros(state: number): number;
    /** The lengths are pointers: what there is and what fits going in, what was read and written coming out. Returns 0, or an error code. */
    _speex_resampler_process_float(
      state: number,
      channel: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
  }
  export default function createSpeexResampler(): Promise<SpeexResamplerModule>;
}
