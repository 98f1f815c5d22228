/**
 * Watches the event loop of the main thread from another thread, and has what must end ended. A timer moves a counter in shared memory; a
 * worker watches the counter and, when it stops, has the main thread interrupted in the middle of what it does to look at its own stack.
 * Nothing is instrumented, so plugins cost nothing as long as none of them blocks. What is to be made of it is for those who use the thread.
 */
import { randomUUID } from 'node:crypto';
import inspector from 'node:inspector';
import { getCallSites } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type ClockTimer, SystemClock } from '../../common/index.js';
import { activeContext } from '../context/active-context.js';
import { PluginFiles } from '../context/plugin-files.js';
import type { LineForm } from '../log/standard-error.js';
import { type BlockingCode, blockingFrame, describeBlockingCode } from './blocking-code.js';
import {
  NO_MORE_SESSIONS,
  NO_ORDERS,
  type WatchdogAnswer,
  type WatchdogOrders,
  type WatchdogQuestion,
  type WatchdogTask,
} from './orders.js';

const MAX_FRAMES = 50;

/** The most that Node gives. */
const ALL_FRAMES = 200;

/** An answer that takes longer than this was given after native code had come back. */
const PROMPT_ANSWER_MS = 75;

/** How often code that shows neither a plugin nor a place is looked at again before it is reported as unknown. */
const MAX_LOOKS = 20;

/** Default time between heartbeats. */
const BEAT_MS = 100;

/** The main thread is asked to end the process first, and given this long for it. */
const KILL_AFTER_MS = 1_000;

/** How long a session that is open is waited for when the thread is to end, and how often it is looked whether it is over. */
const LAST_SESSION_MS = 5_000;
const SESSION_LOOK_MS = 5;

/** The thread holds a few numbers; V8's own defaults would reserve for a whole application. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/**
 * What runs on top of the code that blocks the event loop, with the time since the last heartbeat; must end the process. With `unwind` the code that
 * blocks is thrown away, which leaves the program in no state to go on with; where the loop does not turn then, this is called again.
 */
export type EndOfBlock = (code: BlockingCode, sinceBeatMs: number) => 'unwind' | undefined | void;

export interface BlockLimit {
  /** For the last line of a process that is killed. Default: `telemetry.watchdogMaxBlock`. */
  readonly name?: string;
  /** How long the main thread has to end the process itself before the process is killed, in milliseconds. Default: 1 s. */
  readonly killAfterMs?: number;
}

export interface LoopListener {
  /** On each heartbeat: how long ago the previous one was. */
  readonly turned?: (sinceBeatMs: number) => void;
  /** On top of code that blocks, each time that it is looked at. */
  readonly looked?: () => void;
  /** On top of the code that blocks. */
  readonly blocked?: (code: BlockingCode, blockedMs: number) => void;
}

export class WatchdogThread implements Disposable {
  /** Not the application's clock: what counts is that the machine's time goes on while the loop does not. */
  readonly #clock = new SystemClock();
  readonly #counter = newCounter();
  /** One for each worker: what is set there is never taken back. */
  #sessions = newCounter();
  /** Unknown to plugins, and each thread of a process has its own. */
  readonly #accessor = `panotti:watchdog:${randomUUID()}`;
  readonly #listeners = new Set<LoopListener>();
  #worker: Worker | undefined;
  #timer: ClockTimer | undefined;
  #orders: WatchdogOrders = NO_ORDERS;
  /** A deadline counts from the order that brings it, so orders that change something else carry what is left of it. */
  #deadlineAtMs = Number.POSITIVE_INFINITY;
  #beatMs = BEAT_MS;
  #beatAtMs = 0;
  #pluginFiles = new PluginFiles([]);
  #endOfBlock: EndOfBlock | undefined;
  #endOfDeadline: ((code: BlockingCode | undefined) => void) | undefined;

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Starts the thread, which keeps no process alive; without effect while it runs.
   *
   * @param onFailure called if the thread cannot run, or ends
   */
  start(onFailure: (error: unknown) => void): void {
    if (this.#worker) return;
    Object.defineProperty(globalThis, Symbol.for(this.#accessor), {
      configurable: true,
      value: (question: WatchdogQuestion) => this.#answer(question),
    });
    try {
      this.#worker = this.#startWorker(onFailure);
      this.#beat();
    } catch (error) {
      onFailure(error);
    }
  }

  /** Which code belongs to which plugin, where the async context does not tell. */
  attribute(pluginFiles: PluginFiles): void {
    this.#pluginFiles = pluginFiles;
  }

  /** How lines on the standard error are written. Default: as text. */
  get form(): LineForm {
    return this.#orders.form;
  }

  writeAs(form: LineForm): void {
    this.#order({ form });
  }

  /** Disposing ends it. */
  listen(listener: LoopListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** From when on a block is written to the standard error, and how often the heart beats. */
  reportBlocks(afterMs: number, beatMs: number): void {
    this.#beatMs = beatMs;
    this.#order({ reportAfterMs: afterMs });
  }

  /** Has listeners called after this time of a block, however short the time after which blocks are reported. */
  look(afterMs: number): void {
    this.#order({ lookAfterMs: afterMs });
  }

  /** The longest time for which the event loop may be blocked; `end` runs on top of the code that blocks. Replaces an earlier limit. */
  limitBlocks(maxMs: number, end: EndOfBlock | undefined, limit: BlockLimit = {}): void {
    const { name = 'telemetry.watchdogMaxBlock', killAfterMs = KILL_AFTER_MS } = limit;
    const endAfterMs = end ? maxMs : Number.POSITIVE_INFINITY;
    this.#endOfBlock = end;
    this.#order({ endAfterMs, killAfterMs: endAfterMs + killAfterMs, limit: name });
  }

  /** The process must be gone within this time: `end` runs then on top of whatever runs, and has 400 ms for it before the process is killed. */
  limitLife(ms: number, end: (code: BlockingCode | undefined) => void): void {
    // Who holds the program in a debugger takes the time that it takes.
    if (inspector.url() !== undefined) return;
    this.#endOfDeadline = end;
    this.#order({ deadlineMs: ms });
  }

  [Symbol.dispose](): void {
    void this.stop();
  }

  /**
   * No inspector session with this thread is opened from here on, until the watchdog is started again.
   *
   * @returns whether one is open
   */
  endSessions(): boolean {
    return (Atomics.or(this.#sessions, 0, NO_MORE_SESSIONS) & ~NO_MORE_SESSIONS) > 0;
  }

  /**
   * Resolves when the thread is gone. It ends without a session; where one is not over within 5 s, the thread is left asleep instead, and keeps
   * no process alive.
   */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    // The global object is declared without the keys that are added to it.
    delete (globalThis as Record<symbol, unknown>)[Symbol.for(this.#accessor)];
    const worker = this.#worker;
    if (!worker) return;
    this.#worker?.postMessage(NO_ORDERS);
    this.#worker = undefined;
    const sessions = this.#sessions;
    const givenUpAtMs = this.#clock.monotonicMs() + LAST_SESSION_MS;
    Atomics.or(sessions, 0, NO_MORE_SESSIONS);
    this.#wake();
    while (Atomics.load(sessions, 0) !== NO_MORE_SESSIONS) {
      if (this.#clock.monotonicMs() >= givenUpAtMs) return;
      await this.#clock.sleep(SESSION_LOOK_MS);
    }
    await worker.terminate();
  }

  #startWorker(onFailure: (error: unknown) => void): Worker {
    this.#sessions = newCounter();
    const workerData: WatchdogTask = {
      heartbeat: this.#counter.buffer,
      sessions: this.#sessions.buffer,
      orders: this.#orders,
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
    worker.on('error', onFailure);
    return worker;
  }

  #order(changed: Partial<WatchdogOrders>): void {
    const nowMs = this.#clock.monotonicMs();
    if (changed.deadlineMs !== undefined) this.#deadlineAtMs = nowMs + changed.deadlineMs;
    this.#orders = { ...this.#orders, ...changed, deadlineMs: this.#deadlineAtMs - nowMs };
    this.#worker?.postMessage(this.#orders);
    if (this.#worker) this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#counter, 0, 1);
    Atomics.notify(this.#counter, 0);
  }

  #beat(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#timer) for (const { turned } of this.#listeners) turned?.(nowMs - this.#beatAtMs);
    this.#beatAtMs = nowMs;
    this.#wake();
    this.#timer = this.#clock.after(this.#beatMs, () => this.#beat(), { background: true });
  }

  /** Runs on the main thread, on top of whatever it does. */
  #answer(question: WatchdogQuestion): WatchdogAnswer {
    if (question.isDeadline) {
      this.#endOfDeadline?.(this.#look(question)?.code);
      return 'over';
    }
    const sinceBeatMs = this.#clock.monotonicMs() - this.#beatAtMs;
    if (Atomics.load(this.#counter, 0) !== question.count || inspector.url() !== undefined) return 'over';
    for (const { looked } of this.#listeners) looked?.();
    const seen = this.#look(question);
    // A loop that turns is seen without code too, but not twice: its heartbeat comes in between.
    const isFirstLook = question.tries === 0;
    if (seen.isEmpty && isFirstLook && !question.isUnwound) return 'again';
    const isUnknown = seen.code.plugin === undefined && seen.code.frame === undefined;
    if (isUnknown && question.tries < MAX_LOOKS) return 'again';
    for (const { blocked } of this.#listeners) blocked?.(seen.code, question.blockedMs);
    const isOver = sinceBeatMs >= this.#orders.endAfterMs;
    if (isOver && this.#endOfBlock?.(seen.code, sinceBeatMs) === 'unwind') {
      if (!isInTimer()) return 'unwind';
      this.#endOfBlock?.(seen.code, sinceBeatMs);
    }
    return { culprit: describeBlockingCode(seen.code), plugin: seen.code.plugin };
  }

  #look({ blockedMs }: WatchdogQuestion): { readonly code: BlockingCode; readonly isEmpty: boolean } {
    const answerMs = this.#clock.monotonicMs() - this.#beatAtMs - blockedMs;
    const frames = getCallSites(MAX_FRAMES);
    const firstBelow = frames.findIndex(({ scriptName }) => scriptName === '') + 1;
    const sourceFrames = getCallSites(MAX_FRAMES, { sourceMap: true });
    const raw = blockingFrame(frames.slice(firstBelow), activeContext()?.plugin, this.#pluginFiles);
    const frame = raw.frame && (sourceFrames[frames.findIndex((one) => one === raw.frame)] ?? raw.frame);
    return {
      isEmpty: firstBelow === frames.length,
      code: { plugin: raw.plugin, frame, seen: answerMs < PROMPT_ANSWER_MS ? 'running' : 'left' },
    };
  }
}

function newCounter(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Node aborts the process when a callback of a timer or an immediate is thrown away: its async context stays on the stack of contexts. */
function isInTimer(): boolean {
  return getCallSites(ALL_FRAMES).some(({ scriptName }) => scriptName === 'node:internal/timers');
}
