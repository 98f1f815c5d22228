/** Copies an upload to disk under a size limit, checking that it is a WAV file on the way; sizes that its writer could not know are put right. */
import type { Readable } from 'node:stream';
import { onAbort } from 'panotti';
import type { IncomingFile } from './recording-store.js';
import { WaveInspector, type WaveDescription } from './wave-inspector.js';

export interface AudioUpload {
  /** Is destroyed when it is not read to its end. */
  readonly source: Readable;
  readonly target: IncomingFile;
  readonly maxBytes: number;
  /** Aborts the copy; its reason is what the caller gets. */
  readonly signal: AbortSignal;
}

export interface ReceivedAudio extends WaveDescription {
  readonly bytes: number;
}

/** More bytes came than are allowed. */
export class AudioTooLargeError extends Error {
  constructor(readonly maxBytes: number) {
    super(`The audio is larger than ${maxBytes} bytes.`);
    this.name = 'AudioTooLargeError';
  }
}

/**
 * Receives the whole upload, or leaves nothing behind.
 *
 * @throws WaveFormatError, AudioTooLargeError, the signal's reason, or what reading and writing throw
 */
export async function receiveAudio({ source, target, maxBytes, signal }: AudioUpload): Promise<ReceivedAudio> {
  const inspector = new WaveInspector();
  let bytes = 0;
  const listening = onAbort(signal, () => source.destroy(signal.reason as Error));
  try {
    for await (const piece of source as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw new AudioTooLargeError(maxBytes);
      inspector.push(piece);
      await target.handle.writeFile(piece);
    }
    const { corrections, bytes: wholeBytes, ...description } = inspector.finish();
    if (wholeBytes < bytes) await target.handle.truncate(wholeBytes);
    for (const { offset, value } of corrections) await target.handle.write(uint32(value), 0, 4, offset);
    await target.commit();
    return { ...description, bytes: wholeBytes };
  } finally {
    listening[Symbol.dispose]();
    await target.discard();
  }
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
