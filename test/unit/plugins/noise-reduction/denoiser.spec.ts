import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Denoiser, type Denoised } from '../../../../src/plugins/noise-reduction/denoiser.js';
import { temporaryDirectories } from '../support/temporary-directory.js';
import { levelDb, samplesOf, waveBytes, waveOf } from '../support/wave-bytes.js';

const FIXTURE = new URL('../../../fixtures/audio/noisy-speech.wav', import.meta.url);
const PAUSES = new URL('../../../fixtures/audio/noisy-speech.pauses.json', import.meta.url);
/** RNNoise works in windows of 20 ms and takes some more to notice that somebody stopped. */
const EDGE_SECONDS = 0.1;

interface Pause {
  readonly start: number;
  readonly end: number;
}

const newDirectory = temporaryDirectories();
let denoiser: Denoiser;
beforeAll(async () => {
  denoiser = await Denoiser.load();
});

function clean(
  wave: Buffer,
  maxDurationSeconds = 100,
): { result: Denoised; samples: Float32Array; progress: number[] } {
  const directory = newDirectory();
  const [source, target] = [join(directory, 'in.wav'), join(directory, 'out.wav')];
  writeFileSync(source, wave);
  writeFileSync(target, '');
  const progress: number[] = [];
  const result = denoiser.clean({ source, target, maxDurationSeconds, onProgress: (done) => progress.push(done) });
  return { result, samples: samplesOf(readFileSync(target)), progress };
}

function partOf(samples: Float32Array, rate: number, { start, end }: Pause, edge = EDGE_SECONDS): Float32Array {
  return samples.subarray(Math.round((start + edge) * rate), Math.round((end - edge) * rate));
}

describe('cleaning the noisy fixture', () => {
  const noisy = samplesOf(readFileSync(FIXTURE));
  const { pauses } = JSON.parse(readFileSync(PAUSES, 'utf8')) as { pauses: Pause[] };
  const speech = pauses.slice(1).map((pause, i) => ({ start: pauses[i]?.end ?? 0, end: pause.start }));
  let cleaned: ReturnType<typeof clean>;
  beforeAll(() => {
    cleaned = clean(readFileSync(FIXTURE));
  });

  it('lowers the noise in every pause by at least 15 dB', () => {
    for (const pause of pauses) {
      const before = levelDb(partOf(noisy, 22_050, pause));
      const after = levelDb(partOf(cleaned.samples, 48_000, pause));
      expect(before - after).toBeGreaterThanOrEqual(15);
    }
  });

  it('leaves the speech as loud as it was, within 2 dB', () => {
    for (const words of speech) {
      const before = levelDb(partOf(noisy, 22_050, words, 0));
      const after = levelDb(partOf(cleaned.samples, 48_000, words, 0));
      expect(Math.abs(before - after)).toBeLessThan(2);
    }
  });

  it('finds the stretches of speech where the words are', () => {
    const within = 0.3;
    expect(cleaned.result.segments.length).toBe(speech.length);
    for (const [i, { start, end }] of cleaned.result.segments.entries()) {
      expect(Math.abs(start - (speech[i]?.start ?? NaN))).toBeLessThan(within);
      expect(Math.abs(end - (speech[i]?.end ?? NaN))).toBeLessThan(within);
    }
  });

  it('gives as many seconds back, and tells how far it is', () => {
    expect(cleaned.samples.length).toBe(Math.round((noisy.length * 48_000) / 22_050));
    expect(cleaned.result.durationSeconds).toBeCloseTo(noisy.length / 22_050, 9);
    expect(cleaned.progress).toEqual([...cleaned.progress].sort((a, b) => a - b));
    expect(cleaned.progress.at(-1)).toBe(1);
  });
});

describe('cleaning', () => {
  /** Where in `b`, in samples from where it is in `a`, the same signal stands. */
  function lag(a: Float32Array, b: Float32Array, most: number): number {
    let best = { score: -Infinity, at: 0 };
    for (let at = -most; at <= most; at += 1) {
      let score = 0;
      for (let i = most; i < a.length - most; i++) score += (a[i] ?? 0) * (b[i + at] ?? 0);
      if (score > best.score) best = { score, at };
    }
    return best.at;
  }

  it('keeps the signal where it is in time, to the sample', () => {
    const noisy = samplesOf(readFileSync(FIXTURE)).subarray(26_000, 62_000);
    // The same samples declared as 48 kHz: no resampling, so that only RNNoise can move them.
    const { samples } = clean(waveOf(noisy, 48_000));

    expect(samples.length).toBe(noisy.length);
    expect(Math.abs(lag(noisy.subarray(0, 20_000), samples.subarray(0, 20_000), 600))).toBeLessThanOrEqual(2);
  });

  it('mixes channels down instead of taking the first', () => {
    const mono = samplesOf(readFileSync(FIXTURE)).subarray(26_000, 48_050);
    const data = Buffer.alloc(mono.length * 4);
    mono.forEach((sample, i) => data.writeInt16LE(Math.round(sample * 32_767), i * 4 + 2));

    const { samples } = clean(waveBytes({ sampleRate: 22_050, channels: 2, data }));
    const reference = clean(waveOf(mono, 22_050)).samples;

    expect(levelDb(reference) - levelDb(samples)).toBeGreaterThan(3);
    expect(levelDb(reference) - levelDb(samples)).toBeLessThan(12);
  });

  it('reads every common sample format alike', () => {
    const mono = samplesOf(readFileSync(FIXTURE)).subarray(26_000, 30_000);
    const float = Buffer.alloc(mono.length * 4);
    mono.forEach((sample, i) => float.writeFloatLE(sample, i * 4));
    const pcm24 = Buffer.alloc(mono.length * 3);
    mono.forEach((sample, i) => pcm24.writeIntLE(Math.round(sample * 8_388_607), i * 3, 3));

    const levels = [
      waveOf(mono, 22_050),
      waveBytes({ sampleRate: 22_050, format: 3, bitsPerSample: 32, data: float }),
      waveBytes({ sampleRate: 22_050, bitsPerSample: 24, data: pcm24 }),
    ].map((wave) => levelDb(clean(wave).samples));

    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(0.2);
  });

  it('survives NaN and infinity in a float file', () => {
    const data = Buffer.alloc(48_000 * 4);
    for (let i = 0; i < 48_000; i++) data.writeFloatLE([NaN, Infinity, -Infinity][i] ?? Math.sin(i / 20) / 3, i * 4);

    expect(
      levelDb(clean(waveBytes({ sampleRate: 48_000, format: 3, bitsPerSample: 32, data })).samples),
    ).toBeGreaterThan(-60);
  });

  it('cleans a file of a single sample', () => {
    expect(clean(waveOf([0.5], 48_000)).samples.length).toBe(1);
  });

  it.each([
    ['no WAV file', Buffer.from('this is a text and no audio'), 'no WAV file'],
    ['a header alone', waveBytes({ data: Buffer.alloc(0) }), 'holds no samples'],
    ['an empty file', Buffer.alloc(0), 'cut off'],
    ['an unknown format', waveBytes({ format: 85 }), 'not supported'],
    ['a format without channels', waveBytes({ channels: 0, data: Buffer.alloc(8) }), 'no channels'],
  ])('refuses %s', (_what, wave, reason) => {
    expect(() => clean(wave)).toThrow(
      expect.objectContaining({ name: 'UnreadableAudioError', message: expect.stringContaining(reason) }) as Error,
    );
  });

  it('refuses by the header what lasts longer than allowed', () => {
    expect(() => clean(waveBytes(), 0.5)).toThrow('The recording lasts 1 s; at most 0.5 s are cleaned.');
  });

  it('refuses what is no file', () => {
    const directory = newDirectory();
    mkdirSync(join(directory, 'in.wav'));
    const job = { target: join(directory, 'out.wav'), maxDurationSeconds: 1, onProgress: () => undefined };

    for (const name of ['in.wav', 'missing.wav']) {
      expect(() => denoiser.clean({ ...job, source: join(directory, name) })).toThrow('There is no file');
    }
  });

  it('does not make a target that was removed', () => {
    const directory = newDirectory();
    writeFileSync(join(directory, 'in.wav'), waveBytes());
    const job = {
      source: join(directory, 'in.wav'),
      target: join(directory, 'gone.wav'),
      maxDurationSeconds: 9,
      onProgress: () => undefined,
    };

    expect(() => denoiser.clean(job)).toThrow('ENOENT');
  });
});
