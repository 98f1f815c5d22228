/** Turns the voice probability of each frame into stretches of speech. Two thresholds and a minimum pause keep a stretch from flickering. */

/** A stretch of speech, in seconds from the beginning of the recording. */
export interface SpeechSegment {
  readonly start: number;
  readonly end: number;
}

/** A stretch begins at this probability … */
const ENTER = 0.6;
/** … and goes on while the probability is at least this one. */
const STAY = 0.3;
/** Pauses up to this length, as between two words, do not end it. */
const MAX_PAUSE_SECONDS = 0.2;
/** Shorter stretches are clicks. */
const MIN_SEGMENT_SECONDS = 0.1;

/** Feed it a probability for each frame, in order. */
export class SpeechSegments {
  readonly #frameSeconds: number;
  readonly #segments: SpeechSegment[] = [];
  #frame = 0;
  #firstVoiced: number | undefined;
  #lastVoiced = 0;

  constructor(frameSeconds: number) {
    this.#frameSeconds = frameSeconds;
  }

  push(voiceProbability: number): void {
    const frame = this.#frame++;
    const isSpeaking = this.#firstVoiced !== undefined;
    if (voiceProbability >= (isSpeaking ? STAY : ENTER)) {
      this.#firstVoiced ??= frame;
      this.#lastVoiced = frame;
    } else if (isSpeaking && (frame - this.#lastVoiced) * this.#frameSeconds > MAX_PAUSE_SECONDS) {
      this.#close();
    }
  }

  /** All stretches, in order, none beyond the end of the recording. */
  finish(durationSeconds: number): SpeechSegment[] {
    this.#close();
    return this.#segments.map(({ start, end }) => ({ start, end: Math.min(end, rounded(durationSeconds)) }));
  }

  #close(): void {
    if (this.#firstVoiced === undefined) return;
    const [first, end] = [this.#firstVoiced, this.#lastVoiced + 1];
    this.#firstVoiced = undefined;
    if ((end - first) * this.#frameSeconds < MIN_SEGMENT_SECONDS) return;
    this.#segments.push({ start: rounded(first * this.#frameSeconds), end: rounded(end * this.#frameSeconds) });
  }
}

/** How long somebody speaks in all. */
export function speechSeconds(segments: readonly SpeechSegment[]): number {
  return rounded(segments.reduce((total, { start, end }) => total + end - start, 0));
}

/** To whole milliseconds, so that binary fractions do not show in files and events. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
