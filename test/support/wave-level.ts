/** Measures the level of parts of a WAV file. */
import { decodeWaveToFloat32Channels } from '@echogarden/wave-codec';

export interface Span {
  /** Seconds from the beginning. */
  readonly start: number;
  readonly end: number;
}

/** The root mean square of the spans of a mono file, in decibels relative to full scale. */
export function levelDb(wave: Uint8Array, spans: readonly Span[]): number {
  const { audioChannels, sampleRate } = decodeWaveToFloat32Channels(wave);
  const [samples = new Float32Array()] = audioChannels;
  let sum = 0;
  let count = 0;
  for (const { start, end } of spans) {
    for (const sample of samples.subarray(Math.round(start * sampleRate), Math.round(end * sampleRate))) {
      sum += sample * sample;
      count++;
    }
  }
  return 10 * Math.log10(Math.max(sum / count, 1e-12));
}
