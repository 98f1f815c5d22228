/** Measures how much lower the background noise is in one WAV file than in another: 16-bit PCM, any rate and number of channels. */

interface Audio {
  readonly sampleRate: number;
  /** The first channel, -1 to 1. */
  readonly samples: Float32Array;
}

const FRAME_SECONDS = 0.02;
const QUIET_SHARE = 0.2;

/** In decibels, over the fifth of the 20 ms frames that are the quietest in the original: what is heard there is noise. */
export function noiseDropDb(original: Buffer, cleaned: Buffer): number {
  const before = framePowers(readAudio(original));
  const after = framePowers(readAudio(cleaned));
  const frames = Array.from({ length: Math.min(before.length, after.length) }, (_, frame) => frame);
  const quiet = frames
    .sort((a, b) => (before[a] ?? 0) - (before[b] ?? 0))
    .slice(0, Math.ceil(frames.length * QUIET_SHARE));
  const level = (powers: readonly number[]): number =>
    quiet.reduce((sum, frame) => sum + (powers[frame] ?? 0), 0) / quiet.length + 1e-12;
  return 10 * Math.log10(level(before) / level(after));
}

function framePowers({ sampleRate, samples }: Audio): number[] {
  const length = sampleRate * FRAME_SECONDS;
  return Array.from({ length: Math.floor(samples.length / length) }, (_, frame) => {
    const part = samples.subarray(Math.round(frame * length), Math.round((frame + 1) * length));
    return part.reduce((sum, sample) => sum + sample * sample, 0) / part.length;
  });
}

function readAudio(file: Buffer): Audio {
  let format: Buffer | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const body = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
    if (name === 'fmt ') format = body;
    if (name === 'data' && format) return decode(format, body);
    at += 8 + body.length + (body.length % 2);
  }
  throw new Error('no WAV file');
}

function decode(format: Buffer, data: Buffer): Audio {
  const [code, channels, bits] = [format.readUInt16LE(0), format.readUInt16LE(2), format.readUInt16LE(14)];
  if (code !== 1 || bits !== 16) throw new Error('only files of 16-bit PCM are measured');
  const frames = Math.floor(data.length / 2 / channels);
  return {
    sampleRate: format.readUInt32LE(4),
    samples: Float32Array.from({ length: frames }, (_, frame) => data.readInt16LE(frame * channels * 2) / 32_768),
  };
}
