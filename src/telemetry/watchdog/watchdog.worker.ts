/**
 * The thread that watches the main thread. When the heartbeat stops, it has the main thread interrupted by the inspector, asks the
 * watchdog there which code is running, and writes the answer to the standard error at once: the main thread may never come back to log it.
 */
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { StallDetector } from './stall-detector.js';

export interface WatchdogTask {
  /** One 32-bit counter; each heartbeat moves it and wakes who waits for it. */
  readonly heartbeat: SharedArrayBuffer;
  readonly thresholdMs: number;
  /** How long the main thread may be blocked before the process is to end; `Infinity`: for ever. */
  readonly maxBlockMs: number;
  /** The key of `Symbol.for` under which the main thread can be asked. */
  readonly accessor: string;
}

/** JavaScript answers within a few milliseconds. */
const ANSWER_MS = 150;

/** The main thread is asked to end the process first, and given this long for it. */
const KILL_AFTER_MS = 1_000;

const IN_NATIVE_CODE = 'by native code that cannot be interrupted; it is named when it returns';

// The watchdog is the only one that starts this file.
const task = workerData as WatchdogTask;
const counter = new Int32Array(task.heartbeat);
const detector = new StallDetector(task.thresholdMs, task.maxBlockMs);

watch();

/** Sleeps from heartbeat to heartbeat, and leaves the thread to the inspector's answers when one is missing. */
function watch(): void {
  for (;;) {
    const count = Atomics.load(counter, 0);
    const blockedMs = detector.check(count, performance.now());
    if (blockedMs !== undefined) return ask(count, blockedMs);
    Atomics.wait(counter, 0, count, detector.waitMs);
  }
}

function ask(count: number, blockedMs: number): void {
  const askedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const unanswered = setInterval(() => {
    const waitedMs = performance.now() - askedAtMs;
    if (blockedMs + waitedMs >= task.maxBlockMs + KILL_AFTER_MS && Atomics.load(counter, 0) === count) kill(blockedMs + waitedMs);
    const { user, system } = process.cpuUsage(cpuBefore);
    const isFirst = waitedMs < 2 * ANSWER_MS;
    const isNextDue = detector.check(count, performance.now()) !== undefined;
    // Without an answer and without work it may be the processor that is missing; the next report is certain.
    if (isNextDue || (isFirst && (user + system) / 1000 > ANSWER_MS / 2)) write(blockedMs + waitedMs, IN_NATIVE_CODE);
  }, ANSWER_MS);
  const session = new Session();
  session.connectToMainThread();
  const expression = `globalThis[Symbol.for(${JSON.stringify(task.accessor)})]?.(${blockedMs})`;
  session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
    clearInterval(unanswered);
    session.disconnect();
    const culprit: unknown = answer?.result.value;
    // What is over already is left to the main thread's log.
    const goesOn = Atomics.load(counter, 0) === count;
    if (!error && goesOn && typeof culprit === 'string') write(blockedMs + performance.now() - askedAtMs, culprit);
    setImmediate(watch);
  });
}

/** No thread but the main one can give an exit code. */
function kill(blockedMs: number): void {
  write(blockedMs, 'by native code that cannot be interrupted, which is longer than telemetry.watchdogMaxBlock: the process is killed');
  process.kill(process.pid, 'SIGKILL');
}

function write(blockedMs: number, culprit: string): void {
  try {
    writeSync(2, `The event loop has been blocked for ${(blockedMs / 1000).toFixed(1)} s ${culprit}.\n`);
  } catch {
    // Nobody reads the standard error any more, or not fast enough.
  }
}
