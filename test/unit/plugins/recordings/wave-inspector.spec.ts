import * as fc from 'fast-check';
import {
  type InspectedWave,
  WaveFormatError,
  WaveInspector,
  type WaveDescription,
} from '../../../../src/plugins/recordings/wave-inspector.js';
import { waveBytes } from '../support/wave-bytes.js';

function inspected(...pieces: Buffer[]): InspectedWave {
  const inspector = new WaveInspector();
  for (const piece of pieces) inspector.push(piece);
  return inspector.finish();
}

function inspect(...pieces: Buffer[]): WaveDescription {
  const { sampleRate, channels, bitsPerSample, durationSeconds } = inspected(...pieces);
  return { sampleRate, channels, bitsPerSample, durationSeconds };
}

/** The file as it is stored: cut and with the sizes that were put right. */
function corrected(file: Buffer): Buffer {
  const { bytes, corrections } = inspected(file);
  const copy = Buffer.from(file.subarray(0, bytes));
  for (const { offset, value } of corrections) copy.writeUInt32LE(value, offset);
  return copy;
}

/** With the sizes that a writer to a pipe gives. */
function streamed(file: Buffer, riffBytes: number, dataBytes: number): Buffer {
  const copy = Buffer.from(file);
  copy.writeUInt32LE(riffBytes, 4);
  copy.writeUInt32LE(dataBytes, copy.indexOf('data') + 4);
  return copy;
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

    expect(() => inspector.push(Buffer.from('<!doctype html>'))).toThrow(
      expect.objectContaining({ kind: 'foreign' }) as Error,
    );
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

describe('the WAV check of a streamed file', () => {
  const extraChunks = { LIST: Buffer.from('INFOISFT\x0d\0\0\0Lavf61.7.100\0\0', 'latin1') };

  it.each<[string, number, number]>([
    ['ffmpeg', 0xffff_ffff, 0xffff_ffff],
    ['writers that leave both open', 0, 0],
    ['writers that begin with the sizes of an empty file', 70, 0],
    ['sox', 0x7fff_f024, 0x7fff_f000],
    ['arecord', 0x8000_0024, 0x8000_0000],
    ['writers that take the header off', 0xffff_ffff, 0xffff_ffdb],
    ['writers of signed sizes', 0x7fff_ffff, 0x7fff_ffff],
    ['writers that know the RIFF size alone to be unknown', 0, 0xffff_ffff],
  ])('takes everything to the end for samples, and finds the true sizes: %s', (_writer, riffBytes, dataBytes) => {
    const file = waveBytes({ extraChunks });

    expect(corrected(streamed(file, riffBytes, dataBytes))).toEqual(file);
    expect(inspect(streamed(file, riffBytes, dataBytes)).durationSeconds).toBe(1);
  });

  it('finds the same in whichever pieces it arrives', () => {
    const file = streamed(
      waveBytes({ sampleRate: 1_000, extraChunks: { fact: Buffer.alloc(4), LIST: Buffer.from('abc') } }),
      0,
      0xffff_ffff,
    );
    const whole = inspected(file);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: file.length - 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), file.length];
        expect(inspected(...edges.slice(1).map((end, i) => file.subarray(edges[i], end)))).toEqual(whole);
      }),
    );
  });

  it('leaves out a sample frame that is not complete', () => {
    const options = { channels: 2, bitsPerSample: 24 };
    const file = streamed(waveBytes({ ...options, data: Buffer.alloc(6 * 100 + 4, 7) }), 0xffff_ffff, 0xffff_ffff);

    expect(corrected(file)).toEqual(waveBytes({ ...options, data: Buffer.alloc(6 * 100, 7) }));
  });

  it('counts the frames of a file that says their number', () => {
    const file = streamed(
      waveBytes({ format: 3, bitsPerSample: 32, extraChunks: { fact: Buffer.alloc(4) } }),
      0xffff_ffff,
      0xffff_ffff,
    );

    expect(corrected(file).readUInt32LE(corrected(file).indexOf('fact') + 8)).toBe(8_000);
  });

  it('puts only an unknown RIFF size right where the samples have their size', () => {
    const file = waveBytes();
    const trailing = Buffer.from('LIST\x04\0\0\0more', 'latin1');

    expect(inspected(file, trailing)).toMatchObject({ bytes: file.length + 12, corrections: [] });
    expect(inspected(streamed(file, 0xffff_ffff, file.length - 44), trailing).corrections).toEqual([
      { offset: 4, value: file.length + 4 },
    ]);
  });

  it('refuses one that ends before its first sample, and an empty one with chunks after its samples', () => {
    const empty = waveBytes({ data: Buffer.alloc(0) });
    const trailing = Buffer.concat([empty, Buffer.from('LIST\x04\0\0\0more', 'latin1')]);
    const message = 'The data chunk is empty: the file holds no samples.';

    expect(refusal(streamed(empty, 0xffff_ffff, 0xffff_ffff))).toEqual({ kind: 'damaged', message });
    expect(refusal(streamed(empty, 0, 0))).toEqual({ kind: 'damaged', message });
    expect(refusal(streamed(trailing, trailing.length - 8, 0))).toEqual({ kind: 'damaged', message });
  });

  it.each(['RF64', 'BW64', 'RIFX'])('says that %s is not supported', (magic) => {
    const file = waveBytes();
    file.write(magic, 'latin1');

    expect(refusal(file)).toEqual({
      kind: 'foreign',
      message: `${magic} files are not supported; send a WAV file that begins with RIFF, of less than 4 GiB.`,
    });
  });
});
