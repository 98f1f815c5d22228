/** What runs in each thread of the pool. Imports neither Nest nor panotti: a thread loads it in a few milliseconds. */
import type { MessagePort } from 'node:worker_threads';
import { Denoiser, type Denoised } from './denoiser.js';
import { UnreadableAudioError } from './wave-reader.js';

export interface DenoiseTask {
  readonly source: string;
  readonly target: string;
  readonly maxDurationSeconds: number;
  /** Receives 10, 20 … 100. */
  readonly progress: MessagePort;
}

/** A refusal is a result and no error: errors lose their class on the way between threads. */
export type DenoiseOutcome =
  { readonly kind: 'cleaned'; readonly result: Denoised } | { readonly kind: 'refused'; readonly reason: string };

const STEP_PERCENT = 10;
const denoiser = await Denoiser.load();

export default function denoise({ progress, ...task }: DenoiseTask): DenoiseOutcome {
  let reported = 0;
  const onProgress = (done: number): void => {
    const percent = Math.floor((done * 100) / STEP_PERCENT) * STEP_PERCENT;
    if (percent <= reported) return;
    reported = percent;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
    progress.postMessage(percent);
  };
  try {
    return { kind: 'cleaned', result: denoiser.clean({ ...task, onProgress }) };
  } catch (error) {
    if (error instanceof UnreadableAudioError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}
