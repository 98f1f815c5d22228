import { loadResampler } from '../../../../src/plugins/noise-reduction/resampler.js';

const tone = (hertz: number, rate: number, samples: number): Float32Array =>
  Float32Array.from({ length: samples }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

async function resample(input: Float32Array, from: number, to: number, pieceSize: number): Promise<Float32Array> {
  const createResampler = await loadResampler();
  using resampler = createResampler(from, to);
  const output: number[] = [];
  for (let at = 0; at < input.length; at += pieceSize)
    output.push(...resampler.push(input.subarray(at, at + pieceSize)));
  output.push(...resampler.finish());
  return Float32Array.from(output);
}

/** Jest compares element by element, and describes each; these are tens of thousands. */
function bytesOf(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** The largest difference, edges left out: there a filter knows only half of what it needs. */
function largestDifference(a: Float32Array, b: Float32Array, edge: number): number {
  let largest = 0;
  for (let i = edge; i < a.length - edge; i++) largest = Math.max(largest, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return largest;
}

describe('the resampler', () => {
  it.each([8_000, 16_000, 22_050, 44_100, 96_000])(
    'keeps a tone at %i Hz where it is in time, and as long as it was',
    async (rate) => {
      const seconds = 0.4;
      const output = await resample(tone(440, rate, rate * seconds), rate, 48_000, 1_000);

      expect(output.length).toBe(48_000 * seconds);
      expect(largestDifference(output, tone(440, 48_000, output.length), 500)).toBeLessThan(0.01);
    },
  );

  it('gives the same in whichever pieces the input comes', async () => {
    const input = tone(300, 22_050, 10_000);
    const whole = await resample(input, 22_050, 48_000, input.length);

    const inPieces = await resample(input, 22_050, 48_000, 37);

    expect(inPieces.length).toBeGreaterThan(20_000);
    expect(bytesOf(inPieces).equals(bytesOf(whole))).toBe(true);
  });

  it('gives nothing for nothing', async () => {
    expect(await resample(new Float32Array(0), 8_000, 48_000, 1)).toEqual(new Float32Array(0));
  });

  it('passes samples of the right rate through as they are', async () => {
    const input = tone(300, 48_000, 1_000);

    expect(await resample(input, 48_000, 48_000, 480)).toEqual(input);
  });
});
