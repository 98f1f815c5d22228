/** Writes mono samples as a 16-bit WAV file, piece by piece. Synchronous, for worker threads. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { encodeWaveFromBuffer, float32ChannelsToBuffer, SampleFormat } from '@echogarden/wave-codec';

const HEADER_BYTES = 44;
const RIFF_SIZE_AT = 4;
const DATA_SIZE_AT = 40;
const BATCH_BYTES = 128 * 1024;

/** Fills a file that exists already: its maker may have given up on it and removed it, and then nothing is to appear in its place. */
export class WaveWriter implements Disposable {
  readonly #file: number;
  readonly #batch = Buffer.alloc(BATCH_BYTES);
  #batched = 0;
  #position = HEADER_BYTES;

  constructor(path: string, sampleRate: number) {
    this.#file = openSync(path, 'r+');
    // The codec knows the header; the two sizes in it are filled in at the end.
    writeFully(this.#file, encodeWaveFromBuffer(new Uint8Array(0), sampleRate, 1, 16, SampleFormat.PCM), 0);
  }

  /** Samples beyond -1 and 1 are clipped. */
  write(samples: Float32Array): void {
    const bytes = float32ChannelsToBuffer([samples], 16, SampleFormat.PCM);
    if (this.#batched + bytes.length > BATCH_BYTES) this.#flush();
    if (bytes.length > BATCH_BYTES) return this.#append(bytes);
    this.#batch.set(bytes, this.#batched);
    this.#batched += bytes.length;
  }

  /** Completes the header and waits until the file is on the disk. */
  finish(): void {
    this.#flush();
    const dataBytes = this.#position - HEADER_BYTES;
    writeFully(this.#file, littleEndian(dataBytes + HEADER_BYTES - 8), RIFF_SIZE_AT);
    writeFully(this.#file, littleEndian(dataBytes), DATA_SIZE_AT);
    fsyncSync(this.#file);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #flush(): void {
    this.#append(this.#batch.subarray(0, this.#batched));
    this.#batched = 0;
  }

  #append(bytes: Uint8Array): void {
    writeFully(this.#file, bytes, this.#position);
    this.#position += bytes.length;
  }
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function writeFully(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}
