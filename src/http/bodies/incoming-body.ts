/** The body of a request on its way in, held to the limits of its route: the only thing that a plugin ever sees of it. */
import { Readable } from 'node:stream';
import type { HttpException } from '@nestjs/common';
import type { Clock, ClockTimer } from '../../common/index.js';
import type { BodyRule } from './body-policy.js';
import { brokenOff, stopping, tooLarge, tooSlow } from './body-refusals.js';

export interface IncomingBodyDetails {
  /** The request itself. */
  readonly source: Readable;
  readonly rule: BodyRule;
  readonly clock: Clock;
  /** Called before the first byte is asked for. */
  readonly onStart: () => void;
}

/**
 * Reads from the request only when somebody reads from it, so that it holds one buffer however large the body is. To destroy it leaves the
 * connection open and discards what still comes: the answer goes out through the same socket.
 *
 * Only the time in which the server waits for the client counts against the client. The request is in a private field, out of reach of code
 * that copies objects field by field.
 */
export class IncomingBody extends Readable {
  readonly #details: IncomingBodyDetails;
  readonly #startedMs: number;
  #isAttached = false;
  /** True if the client has sent everything. */
  #isComplete = false;
  #bytes = 0;
  #waitingSinceMs: number | undefined;
  /** Of the current window of the average rate. */
  #window = { bytes: 0, waitedMs: 0 };
  #timer: ClockTimer | undefined;

  constructor(details: IncomingBodyDetails) {
    super();
    this.#details = details;
    this.#startedMs = details.clock.monotonicMs();
    // The handler may not listen yet, or never; an error without a listener would end the process.
    this.on('error', () => undefined);
  }

  /** True if it is read into memory before its handler is called. */
  get isBuffered(): boolean {
    const { kind } = this.#details.rule;
    return kind !== 'stream' && kind !== 'multipart';
  }

  /** Fails a body that has not come completely, because its plugin stops. */
  stop(): void {
    if (!this.#isComplete) this.#fail(stopping());
  }

  override _read(): void {
    const { source, onStart } = this.#details;
    if (!this.#isAttached) {
      this.#isAttached = true;
      onStart();
      if (source.readableEnded) return void this.#end();
      if (source.destroyed) return this.#fail(brokenOff());
      source.on('data', this.#take).on('end', this.#end).on('error', this.#breakOff).on('close', this.#breakOff);
    }
    this.#waitingSinceMs ??= this.#nowMs();
    if (!this.#timer) this.#watch();
    source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { source } = this.#details;
    this.#timer?.cancel();
    source.off('data', this.#take).off('end', this.#end).off('close', this.#breakOff);
    // The listener for errors stays: an error that comes later changes nothing.
    source.resume();
    done(error);
  }

  readonly #take = (chunk: Buffer): void => {
    const { source, rule } = this.#details;
    this.#bytes += chunk.length;
    if (this.#bytes > rule.maxBytes) return this.#fail(tooLarge(rule.maxBytes));
    const nowMs = this.#nowMs();
    this.#window.bytes += chunk.length;
    this.#window.waitedMs += nowMs - (this.#waitingSinceMs ?? nowMs);
    const isWanted = this.push(chunk);
    this.#waitingSinceMs = isWanted ? nowMs : undefined;
    if (!isWanted) source.pause();
    this.#checkRate(0);
  };

  readonly #end = (): void => {
    this.#isComplete = true;
    this.#waitingSinceMs = undefined;
    this.#timer?.cancel();
    this.push(null);
  };

  readonly #breakOff = (cause?: Error): void => {
    // Node closes a request that has come completely, too.
    if (!this.#isComplete && !this.#details.source.readableEnded) this.#fail(brokenOff(cause));
  };

  #fail(error: HttpException): void {
    this.destroy(error);
  }

  #nowMs(): number {
    return this.#details.clock.monotonicMs();
  }

  /** Checks all times now, and again when the next of them may have passed. */
  #watch(): void {
    const { clock, rule } = this.#details;
    this.#timer = undefined;
    const nowMs = clock.monotonicMs();
    const wholeMs = rule.timeoutMs - (nowMs - this.#startedMs);
    if (wholeMs <= 0) return this.#fail(tooSlow(`has not come completely within ${rule.timeoutMs / 1_000} s`));
    const waitedMs = this.#waitingSinceMs === undefined ? 0 : nowMs - this.#waitingSinceMs;
    if (waitedMs >= rule.idleTimeoutMs)
      return this.#fail(tooSlow(`has not gone on for ${rule.idleTimeoutMs / 1_000} s`));
    this.#checkRate(waitedMs);
    if (this.destroyed) return;
    const waits = this.#waitingSinceMs !== undefined;
    const nextMs = Math.min(
      wholeMs,
      waits ? rule.idleTimeoutMs - waitedMs : Infinity,
      waits ? this.#rateMs(waitedMs) : Infinity,
    );
    if (nextMs < Infinity) this.#timer = clock.after(Math.max(1, Math.ceil(nextMs)), () => this.#watch());
  }

  #rateMs(waitedMs: number): number {
    const { minRate, rateWindowMs } = this.#details.rule;
    return minRate === 0 ? Infinity : rateWindowMs - this.#window.waitedMs - waitedMs;
  }

  /** @param waitedMs time in which the server has waited since the last bytes came */
  #checkRate(waitedMs: number): void {
    const { minRate, rateWindowMs } = this.#details.rule;
    const totalMs = this.#window.waitedMs + waitedMs;
    if (minRate === 0 || totalMs < rateWindowMs) return;
    if (this.#window.bytes < (minRate * totalMs) / 1_000) {
      return this.#fail(
        tooSlow(`comes too slowly: less than ${minRate} bytes per second on average over ${rateWindowMs / 1_000} s`),
      );
    }
    // The wait goes on and is added as a whole when it ends; this part of it has been counted.
    this.#window = { bytes: 0, waitedMs: -waitedMs };
  }
}
