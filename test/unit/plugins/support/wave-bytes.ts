/** WAV files made by hand, so that no code under test has a part in them. */

export interface WaveOptions {
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly bitsPerSample?: number;
  /** 1 is PCM, 3 is float. */
  readonly format?: number;
  /** The samples as they stand in the file; default a second of silence. */
  readonly data?: Buffer;
  /** What the data chunk says about its length; default the truth. */
  readonly declaredBytes?: number;
  /** Chunks between `fmt ` and `data`, by name. */
  readonly extraChunks?: Readonly<Record<string, Buffer>>;
}

export function waveBytes(options: WaveOptions = {}): Buffer {
  const { sampleRate = 8_000, channels = 1, bitsPerSample = 16, format = 1, extraChunks = {} } = options;
  const blockAlign = (channels * bitsPerSample) / 8;
  const data = options.data ?? Buffer.alloc(sampleRate * blockAlign);
  const fmt = Buffer.alloc(16);
  fmt.writeUInt16LE(format, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(sampleRate, 4);
  fmt.writeUInt32LE(sampleRate * blockAlign, 8);
  fmt.writeUInt16LE(blockAlign, 12);
  fmt.writeUInt16LE(bitsPerSample, 14);
  const extra = Object.entries(extraChunks).map(([name, body]) => chunk(name, body));
  const chunks = Buffer.concat([chunk('fmt ', fmt), ...extra, chunk('data', data, options.declaredBytes)]);
  return Buffer.concat([Buffer.from('RIFF'), uint32(4 + chunks.length), Buffer.from('WAVE'), chunks]);
}

/** Samples of -1 to 1 as a 16-bit mono WAV file. */
export function waveOf(samples: ArrayLike<number>, sampleRate: number): Buffer {
  const data = Buffer.alloc(samples.length * 2);
  for (let i = 0; i < samples.length; i++)
    data.writeInt16LE(Math.round(Math.max(-1, Math.min(1, samples[i] ?? 0)) * 32_767), i * 2);
  return waveBytes({ sampleRate, data });
}

/** The samples of a 16-bit mono WAV file with a header of 44 bytes. */
export function samplesOf(file: Buffer): Float32Array {
  return Float32Array.from({ length: (file.length - 44) / 2 }, (_, i) => file.readInt16LE(44 + i * 2) / 32_768);
}

/** The level of samples in decibels of full scale. */
export function levelDb(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length + 1e-12);
}

function chunk(name: string, body: Buffer, declaredBytes = body.length): Buffer {
  return Buffer.concat([Buffer.from(name), uint32(declaredBytes), body, Buffer.alloc(body.length % 2)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
