/**
 * Notices that the event loop stands still, and who makes it do so. A timer moves a counter in shared memory; a worker thread watches the
 * counter and, when it stops, has the main thread interrupted in the middle of what it does to look at its own stack. Nothing is
 * instrumented, so plugins cost nothing as long as nobody blocks.
 */
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import inspector from 'node:inspector';
import { getCallSites } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type ClockTimer, SystemClock, toError } from '../../common/index.js';
import { activeContext, runInContext } from '../active-context.js';
import { PluginFiles } from '../plugin-files.js';
import { TelemetryOptions } from '../telemetry.options.js';
import { type BlockingCode, blockingFrame, describeBlockingCode } from './blocking-code.js';
import { WatchdogMetrics } from './watchdog.metrics.js';
import type { WatchdogTask } from './watchdog.worker.js';

/** Heartbeats a threshold. What is reported has been blocked for at least the threshold, and at most one heartbeat longer. */
const HEARTBEATS = 5;

const MAX_FRAMES = 50;

/** An answer that takes longer than this was given after native code had come back. */
const PROMPT_ANSWER_MS = 75;

/** The thread holds a few numbers; V8's own defaults would reserve for a whole application. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

@Injectable()
export class Watchdog implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Watchdog');
  /** Not the application's clock: that the machine's time goes on while the loop does not is the matter here. */
  readonly #clock = new SystemClock();
  readonly #counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Unknown to plugins, and each application of a process has its own. */
  readonly #accessor = `panotti:watchdog:${randomUUID()}`;
  readonly #thresholdMs: number;
  readonly #maxBlockMs: number;
  #endProcess: (() => void) | undefined;
  #worker: Worker | undefined;
  #timer: ClockTimer | undefined;
  #beatAtMs = 0;
  #cpuAtBeat: NodeJS.CpuUsage = process.threadCpuUsage();
  #finding: BlockingCode | undefined;

  constructor(
    private readonly options: TelemetryOptions,
    private readonly pluginFiles: PluginFiles,
    private readonly metrics: WatchdogMetrics,
  ) {
    this.#thresholdMs = options.watchdogThreshold * 1000;
    this.#maxBlockMs = options.watchdogMaxBlock > 0 ? options.watchdogMaxBlock * 1000 : Number.POSITIVE_INFINITY;
  }

  /** What to do once the event loop has been blocked for longer than `watchdogMaxBlock`; it runs on top of the code that blocks, and nothing after it. */
  whenBlockedTooLong(end: () => void): void {
    this.#endProcess = end;
  }

  onApplicationBootstrap(): void {
    if (!this.options.watchdog) return;
    if (Number.isFinite(this.#maxBlockMs) && !this.#endProcess) {
      const how = 'give `processGuard: { end }` to PluginHostModule.forRoot';
      this.#logger.warn(`telemetry.watchdogMaxBlock has no effect, because the host may not end this process: ${how}.`);
    }
    Object.defineProperty(globalThis, Symbol.for(this.#accessor), {
      configurable: true,
      value: (blockedMs: number) => this.#locate(blockedMs),
    });
    try {
      this.#worker = this.#startWorker();
      this.#beat();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    // The global object is declared without the keys that are added to it.
    delete (globalThis as Record<symbol, unknown>)[Symbol.for(this.#accessor)];
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #startWorker(): Worker {
    const workerData: WatchdogTask = {
      heartbeat: this.#counter.buffer,
      thresholdMs: this.#thresholdMs * (1 + 1 / HEARTBEATS),
      maxBlockMs: this.#endProcess ? this.#maxBlockMs : Number.POSITIVE_INFINITY,
      accessor: this.#accessor,
    };
    const worker = new Worker(new URL('./watchdog.worker.js', import.meta.url), {
      name: 'watchdog',
      workerData,
      execArgv: [],
      env: {},
      resourceLimits: WORKER_LIMITS,
    });
    worker.unref();
    worker.on('error', (error) => this.#giveUp(error));
    return worker;
  }

  #giveUp(error: unknown): void {
    this.#logger.warn(`What blocks the event loop will not be named, because the watchdog cannot run: ${toError(error).message}`);
    void this.onApplicationShutdown();
  }

  #beat(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#timer) this.#tell(nowMs - this.#beatAtMs);
    this.#finding = undefined;
    this.#beatAtMs = nowMs;
    this.#cpuAtBeat = process.threadCpuUsage();
    Atomics.add(this.#counter, 0, 1);
    Atomics.notify(this.#counter, 0);
    this.#timer = this.#clock.after(this.#thresholdMs / HEARTBEATS, () => this.#beat(), { background: true });
  }

  /** Logs and counts what has happened since the last heartbeat, if that was a block. */
  #tell(sinceBeatMs: number): void {
    const code = this.#finding ?? this.#unseenBlock(sinceBeatMs);
    if (!code) return;
    this.metrics.blocked(code.plugin, sinceBeatMs);
    const seconds = (sinceBeatMs / 1000).toFixed(1);
    const culprit = code.frame || code.plugin ? describeBlockingCode(code) : 'by code that was gone before it could be seen';
    runInContext({ plugin: code.plugin }, () => this.#logger.warn(`The event loop was blocked for ${seconds} s ${culprit}.`));
  }

  #end(code: BlockingCode, sinceBeatMs: number, endProcess: () => void): void {
    const blocked = `The event loop was blocked for ${(sinceBeatMs / 1000).toFixed(1)} s ${describeBlockingCode(code)}`;
    runInContext({ plugin: code.plugin }, () =>
      this.#logger.fatal(`${blocked}. That is longer than telemetry.watchdogMaxBlock: the process ends, without stopping its plugins.`),
    );
    endProcess();
  }

  /** A long time without a finding is a block if this thread computed meanwhile; else the machine was suspended or busy with others. */
  #unseenBlock(sinceBeatMs: number): BlockingCode | undefined {
    if (sinceBeatMs < this.#thresholdMs * (1 + 1 / HEARTBEATS) || inspector.url() !== undefined) return undefined;
    const { user, system } = process.threadCpuUsage(this.#cpuAtBeat);
    const computedMs = (user + system) / 1000;
    return computedMs > sinceBeatMs / 2 ? { plugin: undefined, frame: undefined, seen: 'left' } : undefined;
  }

  /** Runs on the main thread, on top of whatever blocks it. */
  #locate(blockedMs: number): string | undefined {
    const answerMs = this.#clock.monotonicMs() - this.#beatAtMs - blockedMs;
    // Who holds the program in a debugger knows where it stands.
    if (inspector.url() !== undefined) return undefined;
    const frames = getCallSites(MAX_FRAMES);
    const firstBelow = frames.findIndex(({ scriptName }) => scriptName === '') + 1;
    // Without frames the loop turns again, and waits only for the processor.
    if (firstBelow === frames.length) return undefined;
    const sourceFrames = getCallSites(MAX_FRAMES, { sourceMap: true });
    const raw = blockingFrame(frames.slice(firstBelow), activeContext()?.plugin, this.pluginFiles);
    const code: BlockingCode = {
      plugin: raw.plugin,
      frame: raw.frame && (sourceFrames[frames.findIndex((frame) => frame === raw.frame)] ?? raw.frame),
      seen: answerMs < PROMPT_ANSWER_MS ? 'running' : 'left',
    };
    if (this.#finding?.seen !== 'running') this.#finding = code;
    const sinceBeatMs = this.#clock.monotonicMs() - this.#beatAtMs;
    if (this.#endProcess && sinceBeatMs >= this.#maxBlockMs) this.#end(code, sinceBeatMs, this.#endProcess);
    return describeBlockingCode(code);
  }
}
