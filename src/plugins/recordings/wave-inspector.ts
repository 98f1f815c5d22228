/**
 * Checks that bytes are a WAV file while they pass by, in pieces of any size, and keeps nothing but a few header bytes.
 * Layout: RIFF/WAVE as in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0".
 */

/** What a WAV file holds, read from its headers. */
export interface WaveDescription {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  readonly durationSeconds: number;
}

/** A number of the file that its writer did not know when it wrote it, because the file was streamed. */
interface SizeCorrection {
  /** Where it stands, in bytes from the beginning. */
  readonly offset: number;
  readonly value: number;
}

export interface InspectedWave extends WaveDescription {
  /** What the file has to be cut to, in bytes: a streamed file may end within a sample frame. */
  readonly bytes: number;
  /** The true sizes of a streamed file; none for any other. */
  readonly corrections: readonly SizeCorrection[];
}

/** The bytes are no WAV file at all (`foreign`), or one that is damaged or cut off (`damaged`). */
export class WaveFormatError extends Error {
  constructor(
    readonly kind: 'foreign' | 'damaged',
    message: string,
  ) {
    super(message);
    this.name = 'WaveFormatError';
  }
}

interface WaveFormat {
  readonly channels: number;
  readonly sampleRate: number;
  readonly blockAlign: number;
  readonly bitsPerSample: number;
}

/** PCM, IEEE float, A-law, µ-law, and "extensible", which names one of them in its extension. */
const KNOWN_FORMATS = new Set([1, 3, 6, 7, 0xfffe]);
/** Relatives of WAV: with sizes of 64 bits, and with its numbers the other way round. */
const UNSUPPORTED = new Set(['RF64', 'BW64', 'RIFX']);
const MIN_FORMAT_BYTES = 16;
const MAX_FORMAT_BYTES = 1024;
const MAX_CHANNELS = 64;
const MIN_SAMPLE_RATE = 1_000;
const MAX_SAMPLE_RATE = 768_000;

type Step = 'riff' | 'chunk' | 'format' | 'skip' | 'samples' | 'done';

const RIFF_HEADER_BYTES = 8;
const RIFF_SIZE_OFFSET = 4;
const FACT_BYTES = 4;
/** Writers that cannot go back write the largest size that they know, some of them less a header: 2 GiB or 4 GiB. */
const LARGEST_SIZES = [0x8000_0000, 0xffff_ffff];
const SIZE_TOLERANCE = 4_096;

/** Feed it with `push`, then ask `finish`. Both throw `WaveFormatError`, as early as the bytes allow. */
export class WaveInspector {
  #step: Step = 'riff';
  /** Header bytes that wait until `#wanted` of them are there. */
  #header = Buffer.alloc(0);
  #wanted = 12;
  /** Bytes of the current chunk that are still to come; they are counted and not kept. */
  #remaining = 0;
  #declaredBytes = 0;
  /** Bytes that were looked at or passed. */
  #position = 0;
  #headerStart = 0;
  #riffBytes = 0;
  #samplesOffset = 0;
  /** Where the number of sample frames stands, in files that have it. */
  #factOffset: number | undefined;
  #isStreamed = false;
  /** All that came, also after what is looked at. */
  #bytes = 0;
  #format: WaveFormat | undefined;

  push(piece: Uint8Array): void {
    this.#bytes += piece.length;
    let offset = 0;
    while (offset < piece.length && this.#step !== 'done') {
      const isBody = this.#step === 'skip' || this.#step === 'samples';
      const taken = isBody ? this.#pass(piece.length - offset) : this.#collect(piece, offset);
      this.#position += taken;
      offset += taken;
    }
  }

  finish(): InspectedWave {
    if (this.#step === 'riff') throw new WaveFormatError('foreign', 'The body is empty or too short to be a WAV file.');
    if (this.#step === 'samples') {
      const arrived = this.#position - this.#samplesOffset;
      if (this.#isStreamed && this.#format) return this.#streamed(this.#format, arrived);
      throw damaged(
        `The data chunk declares ${this.#declaredBytes} bytes of samples, but only ${arrived} arrived: the file is cut off.`,
      );
    }
    if (this.#step !== 'done' || !this.#format)
      throw damaged('The file ends before its data chunk: it holds no samples.');
    const corrections = isUnknown(this.#riffBytes)
      ? [{ offset: RIFF_SIZE_OFFSET, value: this.#bytes - RIFF_HEADER_BYTES }]
      : [];
    return { ...describe(this.#format, this.#declaredBytes), bytes: this.#bytes, corrections };
  }

  /** The samples go to the end of the file, as far as their frames are whole. */
  #streamed(format: WaveFormat, arrived: number): InspectedWave {
    const frames = Math.floor(arrived / format.blockAlign);
    if (frames === 0) throw damaged('The data chunk is empty: the file holds no samples.');
    const samples = frames * format.blockAlign;
    const bytes = this.#samplesOffset + samples;
    const sizes = [
      { offset: RIFF_SIZE_OFFSET, value: bytes - RIFF_HEADER_BYTES },
      { offset: this.#samplesOffset - 4, value: samples },
    ];
    const fact = this.#factOffset === undefined ? [] : [{ offset: this.#factOffset, value: frames }];
    return { ...describe(format, samples), bytes, corrections: [...sizes, ...fact] };
  }

  #pass(available: number): number {
    const taken = Math.min(available, this.#remaining);
    this.#remaining -= taken;
    // What follows the samples is of no interest: players ignore it as well.
    if (this.#remaining === 0) this.#expect(this.#step === 'samples' ? 'done' : 'chunk', 8);
    return taken;
  }

  #collect(piece: Uint8Array, offset: number): number {
    if (this.#header.length === 0) this.#headerStart = this.#position;
    const part = piece.subarray(offset, offset + this.#wanted - this.#header.length);
    this.#header = Buffer.concat([this.#header, part]);
    if (this.#header.length === this.#wanted) this.#read(this.#header);
    return part.length;
  }

  #read(header: Buffer): void {
    if (this.#step === 'riff') {
      requireRiff(header);
      this.#riffBytes = header.readUInt32LE(RIFF_SIZE_OFFSET);
      this.#expect('chunk', 8);
    } else if (this.#step === 'format') {
      this.#format = readFormat(header);
      this.#expect('chunk', 8);
    } else {
      this.#openChunk(header.toString('latin1', 0, 4), header.readUInt32LE(4));
    }
  }

  #openChunk(name: string, bytes: number): void {
    if (name === 'data') return this.#openSamples(bytes);
    // Chunks are padded to an even length; the padding is not part of the declared one.
    const padded = bytes + (bytes % 2);
    if (name !== 'fmt ') {
      if (name === 'fact' && bytes >= FACT_BYTES) this.#factOffset = this.#chunkBody();
      this.#remaining = padded;
      return this.#expect(padded === 0 ? 'chunk' : 'skip', 8);
    }
    if (bytes < MIN_FORMAT_BYTES || bytes > MAX_FORMAT_BYTES) {
      throw damaged(`The fmt chunk has ${bytes} bytes; ${MIN_FORMAT_BYTES} to ${MAX_FORMAT_BYTES} are possible.`);
    }
    this.#expect('format', padded);
  }

  #openSamples(bytes: number): void {
    if (!this.#format) throw damaged('The data chunk comes before the fmt chunk, so its samples have no meaning.');
    this.#samplesOffset = this.#chunkBody();
    this.#isStreamed = isUnknown(bytes) && (bytes !== 0 || this.#riffEndsHere());
    if (this.#isStreamed) return this.#openStreamedSamples(bytes);
    if (bytes === 0) throw damaged('The data chunk is empty: the file holds no samples.');
    if (bytes % this.#format.blockAlign !== 0) {
      throw damaged(
        `The data chunk declares ${bytes} bytes, which is no whole number of ${this.#format.blockAlign}-byte sample frames.`,
      );
    }
    this.#declaredBytes = bytes;
    this.#remaining = bytes;
    this.#expect('samples', 8);
  }

  #openStreamedSamples(bytes: number): void {
    // One that has just this size is read to it all the same.
    this.#declaredBytes = bytes === 0 || bytes % (this.#format?.blockAlign ?? 1) !== 0 ? Infinity : bytes;
    this.#remaining = this.#declaredBytes;
    this.#expect('samples', 8);
  }

  /** A file without samples has a size that includes what follows the empty chunk; that of a streamed one is unknown, or ends at its header. */
  #riffEndsHere(): boolean {
    return isUnknown(this.#riffBytes) || this.#riffBytes + RIFF_HEADER_BYTES <= this.#samplesOffset;
  }

  /** Where the body of the chunk begins whose header is complete. */
  #chunkBody(): number {
    return this.#headerStart + 8;
  }

  #expect(step: Step, headerBytes: number): void {
    this.#step = step;
    this.#wanted = headerBytes;
    this.#header = Buffer.alloc(0);
  }
}

function isUnknown(bytes: number): boolean {
  return bytes === 0 || LARGEST_SIZES.some((largest) => Math.abs(bytes - largest) <= SIZE_TOLERANCE);
}

function describe(
  { sampleRate, channels, bitsPerSample, blockAlign }: WaveFormat,
  sampleBytes: number,
): WaveDescription {
  return { sampleRate, channels, bitsPerSample, durationSeconds: sampleBytes / blockAlign / sampleRate };
}

function requireRiff(header: Buffer): void {
  const magic = header.toString('latin1', 0, 4);
  if (UNSUPPORTED.has(magic)) {
    throw new WaveFormatError(
      'foreign',
      `${magic} files are not supported; send a WAV file that begins with RIFF, of less than 4 GiB.`,
    );
  }
  if (magic !== 'RIFF' || header.toString('latin1', 8, 12) !== 'WAVE') {
    throw new WaveFormatError('foreign', 'The body is no WAV file: it does not begin with a RIFF/WAVE header.');
  }
}

function readFormat(body: Buffer): WaveFormat {
  const code = body.readUInt16LE(0);
  const format = {
    channels: body.readUInt16LE(2),
    sampleRate: body.readUInt32LE(4),
    blockAlign: body.readUInt16LE(12),
    bitsPerSample: body.readUInt16LE(14),
  };
  if (!KNOWN_FORMATS.has(code))
    throw damaged(`The sample format ${code} is not supported; PCM, float, A-law and µ-law are.`);
  if (format.channels < 1 || format.channels > MAX_CHANNELS)
    throw damaged(`The file declares ${format.channels} channels.`);
  if (format.sampleRate < MIN_SAMPLE_RATE || format.sampleRate > MAX_SAMPLE_RATE) {
    throw damaged(`The file declares a sample rate of ${format.sampleRate} Hz.`);
  }
  if (![8, 16, 24, 32, 64].includes(format.bitsPerSample))
    throw damaged(`The file declares ${format.bitsPerSample} bits a sample.`);
  if (format.blockAlign !== (format.channels * format.bitsPerSample) / 8) {
    throw damaged(`The fmt chunk contradicts itself: ${format.blockAlign} bytes a frame.`);
  }
  return format;
}

function damaged(message: string): WaveFormatError {
  return new WaveFormatError('damaged', message);
}
