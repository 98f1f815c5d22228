import { getEventListeners } from 'node:events';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { receiveAudio } from '../../../../src/plugins/recordings/audio-upload.js';
import { settle } from '../../../support/fake-clock.js';
import { temporaryDirectories } from '../support/temporary-directory.js';
import { waveBytes } from '../support/wave-bytes.js';

const newDirectory = temporaryDirectories();

/** An incoming file as the store makes it, in two lines. */
async function incoming() {
  const temporary = join(newDirectory(), 'incoming');
  const final = `${temporary}.wav`;
  const handle = await open(temporary, 'wx');
  let isDone = false;
  const commit = async (): Promise<void> => {
    isDone = true;
    await handle.close();
    await rename(temporary, final);
  };
  const discard = async (): Promise<void> => {
    if (!isDone) await handle.close();
    isDone = true;
    await rm(temporary, { force: true });
  };
  return { target: { handle, commit, discard }, temporary, final };
}

const never = new AbortController().signal;

describe('receiving audio', () => {
  it('writes what came, byte for byte', async () => {
    const { target, final } = await incoming();
    const file = waveBytes({ data: Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251)) });

    const received = await receiveAudio({
      source: Readable.from([file.subarray(0, 7), file.subarray(7)]),
      target,
      maxBytes: 1e6,
      signal: never,
    });

    expect(received).toEqual({
      bytes: file.length,
      sampleRate: 8_000,
      channels: 1,
      bitsPerSample: 16,
      durationSeconds: 3.125,
    });
    expect((await readFile(final)).equals(file)).toBe(true);
  });

  it('stores a streamed file with its true sizes, as far as its frames are whole', async () => {
    const { target, final } = await incoming();
    const file = waveBytes({ data: Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251)) });
    const sent = Buffer.concat([file, Buffer.from([1])]);
    for (const offset of [4, 40]) sent.writeUInt32LE(0xffff_ffff, offset);

    const received = await receiveAudio({ source: Readable.from([sent]), target, maxBytes: 1e6, signal: never });

    expect(received).toMatchObject({ bytes: file.length, durationSeconds: 3.125 });
    expect((await readFile(final)).equals(file)).toBe(true);
  });

  it('leaves nothing when there is more than allowed, and stops at the limit', async () => {
    const { target, temporary, final } = await incoming();
    const source = new PassThrough();
    source.write(waveBytes().subarray(0, 4_000));

    await expect(receiveAudio({ source, target, maxBytes: 3_999, signal: never })).rejects.toThrow(
      'larger than 3999 bytes',
    );

    expect([existsSync(temporary), existsSync(final)]).toEqual([false, false]);
  });

  it('lets go of a source that it refuses', async () => {
    const { target } = await incoming();
    const source = new PassThrough();
    source.write('this is no audio');

    await expect(receiveAudio({ source, target, maxBytes: 100, signal: never })).rejects.toThrow('no WAV file');

    expect(source.destroyed).toBe(true);
  });

  it('leaves nothing on a signal that outlives it', async () => {
    const stop = new AbortController();
    for (let count = 0; count < 3; count++) {
      const { target } = await incoming();
      await receiveAudio({ source: Readable.from([waveBytes()]), target, maxBytes: 1e6, signal: stop.signal });
    }

    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('leaves nothing when the client goes away', async () => {
    const { target, temporary, final } = await incoming();
    const source = new PassThrough();
    source.write(waveBytes().subarray(0, 100));
    const receiving = receiveAudio({ source, target, maxBytes: 1e6, signal: never });
    source.destroy(new Error('aborted'));

    await expect(receiving).rejects.toThrow('aborted');
    expect([existsSync(temporary), existsSync(final)]).toEqual([false, false]);
  });

  it('leaves nothing when the plugin stops while it waits for the client', async () => {
    const { target, temporary, final } = await incoming();
    const source = new PassThrough();
    source.write(waveBytes().subarray(0, 100));
    const stop = new AbortController();
    const receiving = receiveAudio({ source, target, maxBytes: 1e6, signal: stop.signal });
    await settle();
    stop.abort(new Error('the plugin stops'));

    await expect(receiving).rejects.toThrow('the plugin stops');
    expect([existsSync(temporary), existsSync(final)]).toEqual([false, false]);
  });
});
