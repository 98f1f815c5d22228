/** Copies an upload to disk under a size limit, checking that it is a WAV file on the way. */
import type { Readable } from 'node:stream';
import type { IncomingFile } from './recording-store.js';
import { WaveInspector, type WaveDescription } from './wave-inspector.js';

export interface AudioUpload {
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
  try {
    for await (const piece of pieces(source, signal)) {
      bytes += piece.length;
      if (bytes > maxBytes) throw new AudioTooLargeError(maxBytes);
      inspector.push(piece);
      await target.handle.writeFile(piece);
    }
    const description = inspector.finish();
    await target.commit();
    return { ...description, bytes };
  } finally {
    await target.discard();
  }
}

/** Does not destroy the source when it is left early, since the answer has to go out through the same socket. */
async function* pieces(source: Readable, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const iterator = source.iterator({ destroyOnReturn: false });
  const listening = new AbortController();
  const abort = Promise.withResolvers<never>();
  abort.promise.catch(() => undefined);
  if (signal.aborted) abort.reject(signal.reason);
  signal.addEventListener('abort', () => abort.reject(signal.reason), { once: true, signal: listening.signal });
  try {
    for (;;) {
      const next = iterator.next();
      // Rejects later, unheard, when the abort wins.
      next.catch(() => undefined);
      const { done, value } = await Promise.race([next, abort.promise]);
      if (done) return;
      yield value as Uint8Array;
    }
  } finally {
    listening.abort();
    void readToTheEnd(source, iterator);
  }
}

/**
 * Node reads a request to its end that nobody reads, but not one that somebody began to read: a client that is still sending would
 * never get around to the answer that tells it to stop. Not awaited, because after an abort it waits for the pending read.
 */
async function readToTheEnd(source: Readable, iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The source failed, and the loop above has reported it.
  }
  source.resume();
}
