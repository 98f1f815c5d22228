/** Reads a WAV file piece by piece as mono samples, whatever its size: only one piece is in memory. Synchronous, for worker threads. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { bufferToFloat32Channels, decodeWaveToBuffer, type BitDepth, type SampleFormat } from '@echogarden/wave-codec';

/** The file is no audio that this plugin can read. Another attempt would end the same. */
export class UnreadableAudioError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreadableAudioError';
  }
}

interface Layout {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitDepth: BitDepth;
  readonly format: SampleFormat;
  readonly dataStart: number;
  readonly frames: number;
}

const PIECE_FRAMES = 16_384;
const MIN_FORMAT_BYTES = 16;
const MAX_FORMAT_BYTES = 1_024;
const MAX_CHUNKS = 1_000;

/** Opens a file and checks its header. Close it with `using`. */
export class WaveReader implements Disposable {
  readonly #file: number;
  readonly #layout: Layout;

  /** @throws UnreadableAudioError, or what opening a file throws */
  constructor(path: string) {
    // Asked before it is opened: opening a named pipe would wait for a writer.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new UnreadableAudioError(`There is no file ${path}.`);
    this.#file = openSync(path, 'r');
    try {
      this.#layout = readLayout(this.#file);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get sampleRate(): number {
    return this.#layout.sampleRate;
  }

  /** Samples of each channel. */
  get frames(): number {
    return this.#layout.frames;
  }

  get durationSeconds(): number {
    return this.#layout.frames / this.#layout.sampleRate;
  }

  /** The mean of all channels, in pieces of up to 16,384 samples. */
  *monoPieces(): Iterable<Float32Array> {
    const { frames, channels, bitDepth, format, dataStart } = this.#layout;
    const frameBytes = (channels * bitDepth) / 8;
    for (let frame = 0; frame < frames; frame += PIECE_FRAMES) {
      // A buffer of its own: the codec makes typed views of it, which need an aligned start.
      const bytes = new Uint8Array(Math.min(PIECE_FRAMES, frames - frame) * frameBytes);
      readFully(this.#file, bytes, dataStart + frame * frameBytes);
      yield mixDown(bufferToFloat32Channels(bytes, channels, bitDepth, format));
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

function readLayout(file: number): Layout {
  const size = fstatSync(file).size;
  const header = readPart(file, 0, 12, size);
  if (header.toString('latin1', 0, 4) !== 'RIFF' || header.toString('latin1', 8, 12) !== 'WAVE') {
    throw new UnreadableAudioError('The file is no WAV file: it does not begin with a RIFF/WAVE header.');
  }
  let format: Buffer | undefined;
  let position = 12;
  for (let chunk = 0; chunk < MAX_CHUNKS; chunk++) {
    const head = readPart(file, position, 8, size);
    const name = head.toString('latin1', 0, 4);
    const bytes = head.readUInt32LE(4);
    position += 8;
    if (name === 'data' && format) return describe(format, position, Math.min(bytes, size - position));
    if (name === 'fmt ') format = readFormat(file, position, bytes, size);
    position += bytes + (bytes % 2);
  }
  throw new UnreadableAudioError('The file has no data chunk among its first 1,000 chunks.');
}

function readFormat(file: number, position: number, bytes: number, size: number): Buffer {
  if (bytes < MIN_FORMAT_BYTES || bytes > MAX_FORMAT_BYTES)
    throw new UnreadableAudioError(`The fmt chunk has ${bytes} bytes.`);
  return readPart(file, position, bytes, size);
}

/** Lets the codec judge the format, on a file of the same format without samples. */
function describe(format: Buffer, dataStart: number, dataBytes: number): Layout {
  const decoded = decodeFormat(format);
  const channels = decoded.channelCount;
  if (channels < 1 || decoded.sampleRate < 1)
    throw new UnreadableAudioError('The file declares no channels or no sample rate.');
  const frames = Math.floor(dataBytes / ((channels * decoded.bitDepth) / 8));
  if (frames === 0) throw new UnreadableAudioError('The file holds no samples.');
  return {
    sampleRate: decoded.sampleRate,
    channels,
    bitDepth: decoded.bitDepth,
    format: decoded.sampleFormat,
    dataStart,
    frames,
  };
}

function decodeFormat(format: Buffer): ReturnType<typeof decodeWaveToBuffer> {
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(20 + format.length, 0);
  sizes.writeUInt32LE(format.length, 4);
  const parts = ['RIFF', sizes.subarray(0, 4), 'WAVEfmt ', sizes.subarray(4, 8), format, 'data', sizes.subarray(8)];
  try {
    return decodeWaveToBuffer(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
    );
  } catch (cause) {
    throw new UnreadableAudioError(
      `The sample format is not supported: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

function mixDown(channels: readonly Float32Array[]): Float32Array {
  const mono = new Float32Array(channels[0]?.length ?? 0);
  const share = 1 / channels.length;
  for (const channel of channels) {
    for (let i = 0; i < mono.length; i++) {
      const sample = channel[i] ?? 0;
      // A float file may hold NaN or infinity, and one of them would stay in the network's memory to the end.
      if (Number.isFinite(sample)) mono[i] = (mono[i] ?? 0) + sample * share;
    }
  }
  return mono;
}

function readPart(file: number, position: number, bytes: number, size: number): Buffer {
  if (position + bytes > size)
    throw new UnreadableAudioError('The file ends before its samples begin: it is cut off or holds none.');
  const part = Buffer.alloc(bytes);
  readFully(file, part, position);
  return part;
}

function readFully(file: number, target: Uint8Array, position: number): void {
  for (let filled = 0; filled < target.length;) {
    const read = readSync(file, target, filled, target.length - filled, position + filled);
    if (read === 0) throw new UnreadableAudioError('The file became shorter while it was read.');
    filled += read;
  }
}
