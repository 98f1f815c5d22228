import * as fc from 'fast-check';
import { WaveFormatError, WaveInspector, type WaveDescription } from '../../../../src/plugins/recordings/wave-inspector.js';
import { waveBytes } from '../support/wave-bytes.js';

function inspect(...pieces: Buffer[]): WaveDescription {
  const inspector = new WaveInspector();
  for (const piece of pieces) inspector.push(piece);
  return inspector.finish();
}

function refusal(...pieces: Buffer[]): { kind: string; message: string } {
  try {
    inspect(...pieces);
  } catch (error) {
    if (error instanceof WaveFormatError) return { kind: error.kind, message: error.message };
    throw error;
  }
  throw new Error('The file was accepted.');
}

describe('the WAV check', () => {
  it('reads rate, channels, depth and duration', () => {
    const file = waveBytes({ sampleRate: 44_100, channels: 2, bitsPerSample: 24, data: Buffer.alloc(44_100 * 6 * 3) });

    expect(inspect(file)).toEqual({ sampleRate: 44_100, channels: 2, bitsPerSample: 24, durationSeconds: 3 });
  });

  it('passes over other chunks, of odd length too', () => {
    const file = waveBytes({ extraChunks: { LIST: Buffer.from('odd'), junk: Buffer.alloc(0), fact: Buffer.alloc(4) } });

    expect(inspect(file).durationSeconds).toBe(1);
  });

  it('does not care what follows the samples', () => {
    expect(inspect(waveBytes(), Buffer.from('LIST and then some')).durationSeconds).toBe(1);
  });

  it('finds the same in whichever pieces the file arrives', () => {
    const file = waveBytes({ sampleRate: 1_000, extraChunks: { LIST: Buffer.from('abc') } });
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: file.length - 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), file.length];
        const pieces = edges.slice(1).map((end, i) => file.subarray(edges[i], end));
        expect(inspect(...pieces)).toEqual({ sampleRate: 1_000, channels: 1, bitsPerSample: 16, durationSeconds: 1 });
      }),
    );
  });

  it('refuses every file that is cut off, wherever', () => {
    const file = waveBytes({ sampleRate: 1_000, data: Buffer.alloc(200) });
    for (let length = 0; length < file.length; length++) {
      expect(() => inspect(file.subarray(0, length))).toThrow(WaveFormatError);
    }
  });

  it('says how many of the declared samples are missing', () => {
    expect(refusal(waveBytes({ data: Buffer.alloc(100), declaredBytes: 1_000 }))).toEqual({
      kind: 'damaged',
      message: 'The data chunk declares 1000 bytes of samples, but only 100 arrived: the file is cut off.',
    });
  });

  it('tells what is no WAV file from a damaged one, as soon as twelve bytes are there', () => {
    const inspector = new WaveInspector();

    expect(() => inspector.push(Buffer.from('<!doctype html>'))).toThrow(expect.objectContaining({ kind: 'foreign' }) as Error);
    expect(refusal(Buffer.alloc(0)).kind).toBe('foreign');
  });

  it.each([
    ['an unknown sample format', waveBytes({ format: 85 })],
    ['no channels', waveBytes({ channels: 0, data: Buffer.alloc(10) })],
    ['a rate of 0', waveBytes({ sampleRate: 0, data: Buffer.alloc(10) })],
    ['12 bits a sample', waveBytes({ bitsPerSample: 12, data: Buffer.alloc(12) })],
    ['no samples', waveBytes({ data: Buffer.alloc(0) })],
    ['half a sample', waveBytes({ data: Buffer.alloc(3) })],
    ['samples before their format', Buffer.from('RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd', 'latin1')],
    ['a format chunk of gigantic size', Buffer.from('RIFF\0\0\0\0WAVEfmt \xff\xff\xff\x7f', 'latin1')],
  ])('refuses %s', (_what, file) => {
    expect(refusal(file).kind).toBe('damaged');
  });

  it('never throws anything but its own error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, startsWell) => {
        const head = startsWell ? [Buffer.from('RIFF\0\0\0\0WAVE', 'latin1')] : [];
        expect(() => inspect(...head, Buffer.from(bytes))).toThrow(WaveFormatError);
      }),
    );
  });
});
