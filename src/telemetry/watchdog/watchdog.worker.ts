/**
 * The thread that watches the main thread. When the heartbeat stops, or a deadline passes, it has the main thread interrupted by the inspector
 * and asks it there which code is running, or to end the process. The answer goes to the standard error at once: the main thread may never
 * come back to log it.
 */
import { Session } from 'node:inspector';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SystemClock } from '../../common/index.js';
import { writeErrorLine } from '../log/standard-error.js';
import {
  NO_MORE_SESSIONS,
  type WatchdogAnswer,
  type WatchdogOrders,
  type WatchdogQuestion,
  type WatchdogTask,
} from './orders.js';
import { StallDetector } from './stall-detector.js';

/** JavaScript answers within a few milliseconds. */
const ANSWER_MS = 150;

/** The main thread is asked first after a deadline too, but the end of the process has been waited for long enough. */
const KILL_AFTER_DEADLINE_MS = 400;

/** After this time without a heartbeat it has not helped to throw away the code that blocks. */
const UNWIND_MS = 1_000;

/** Lets the main thread get from one piece of code to the next. */
const AGAIN_MS = 10;

/** The report of one block with which it is said that nothing ends it, once in the life of the process. */
const ADVISED_WITH = 3;

const WITHOUT_LIMIT =
  'While this lasts, SIGTERM has no effect where the process handles it, and no limit ends it. ' +
  'Fix: End the process with SIGKILL, and set telemetry.watchdogMaxBlock so that the next one ends by itself.';

const IN_NATIVE_CODE = 'by native code that cannot be interrupted; it is named when it returns';

// The watchdog is the only one that starts this file.
const task = workerData as WatchdogTask;
const clock = new SystemClock();
const counter = new Int32Array(task.heartbeat);
const sessions = new Int32Array(task.sessions);
let orders: WatchdogOrders = task.orders;
let deadlineAtMs = performance.now() + orders.deadlineMs;
let detector = detectorFor(orders);
/** The heartbeat at which the reports began that are counted. */
let reported = { count: -1, times: 0 };
let isAdvised = false;

watch();

function detectorFor({ reportAfterMs, lookAfterMs, endAfterMs }: WatchdogOrders): StallDetector {
  return new StallDetector(Math.min(reportAfterMs, lookAfterMs, endAfterMs), endAfterMs);
}

function takeOrders(): void {
  for (let received = next(); received !== undefined; received = next()) {
    orders = received;
    deadlineAtMs = performance.now() + orders.deadlineMs;
    detector = detectorFor(orders);
  }
}

function next(): WatchdogOrders | undefined {
  // Only the watchdog has the other end.
  return parentPort ? (receiveMessageOnPort(parentPort)?.message as WatchdogOrders | undefined) : undefined;
}

/** Sleeps from heartbeat to heartbeat, and leaves the thread to the inspector's answers when one is missing. */
function watch(): void {
  for (;;) {
    takeOrders();
    const nowMs = performance.now();
    const count = Atomics.load(counter, 0);
    if (nowMs >= deadlineAtMs) return ask({ isDeadline: true, blockedMs: 0, count, tries: 0 });
    const blockedMs = detector.check(count, nowMs);
    if (blockedMs !== undefined) return ask({ isDeadline: false, blockedMs, count, tries: 0 });
    Atomics.wait(counter, 0, count, Math.min(detector.waitMs, deadlineAtMs - nowMs));
  }
}

function ask(question: WatchdogQuestion): void {
  const { blockedMs, count } = question;
  const askedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const unanswered = setInterval(() => {
    const nowMs = performance.now();
    const waitedMs = nowMs - askedAtMs;
    const isStill = Atomics.load(counter, 0) === count;
    if (nowMs >= deadlineAtMs + KILL_AFTER_DEADLINE_MS)
      kill(`The process was to be gone ${inSeconds(nowMs - deadlineAtMs)} ago`);
    if (blockedMs + waitedMs >= orders.killAfterMs && isStill) {
      kill(
        `${blockedFor(blockedMs + waitedMs)} by native code that cannot be interrupted, which is longer than ${orders.limit}`,
      );
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const isFirst = waitedMs < 2 * ANSWER_MS;
    const isNextDue = detector.check(count, nowMs) !== undefined;
    // Without an answer and without work it may be the processor that is missing; the next report is certain.
    if (isNextDue || (isFirst && (user + system) / 1000 > ANSWER_MS / 2)) report(blockedMs + waitedMs, IN_NATIVE_CODE);
  }, ANSWER_MS);
  const session = openSession();
  // The main thread ends, or ends this thread: all that is left to do is to kill the process if that takes too long.
  if (!session) return;
  const expression = `globalThis[Symbol.for(${JSON.stringify(task.accessor)})]?.(${JSON.stringify(question)})`;
  session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, evaluated) => {
    clearInterval(unanswered);
    const waitedMs = performance.now() - askedAtMs;
    const isStill = Atomics.load(counter, 0) === count;
    // Only the watchdog answers under this name, and what else comes is taken for nothing.
    const answer = (error ? 'over' : evaluated.result.value) as WatchdogAnswer | undefined;
    if (answer === 'unwind') {
      session.post('Runtime.terminateExecution', () => close(session));
      // From here on, not from the answer: an answer that is waited for keeps no thread alive, and Node aborts the process where the main thread
      // answers a thread that ends.
      setTimeout(
        () => (Atomics.load(counter, 0) === count ? ask({ ...question, isUnwound: true }) : watch()),
        UNWIND_MS,
      );
      return;
    }
    close(session);
    if (answer === 'again' && isStill) {
      setTimeout(ask, AGAIN_MS, { ...question, blockedMs: blockedMs + waitedMs + AGAIN_MS, tries: question.tries + 1 });
      return;
    }
    // What is over already is left to the main thread's log.
    if (typeof answer === 'object' && isStill) report(blockedMs + waitedMs, answer.culprit, answer.plugin);
    setImmediate(watch);
  });
}

/** A session with the main thread; `undefined` where it allows no more of them. */
function openSession(): Session | undefined {
  for (;;) {
    const open = Atomics.load(sessions, 0);
    if ((open & NO_MORE_SESSIONS) !== 0) return undefined;
    if (Atomics.compareExchange(sessions, 0, open, open + 1) === open) break;
  }
  const session = new Session();
  session.connectToMainThread();
  return session;
}

/** Counted after it is over: what the main thread still has to do about it, it does before it runs more code. */
function close(session: Session): void {
  session.disconnect();
  Atomics.sub(sessions, 0, 1);
}

function report(blockedMs: number, culprit: string, plugin?: string): void {
  if (blockedMs < orders.reportAfterMs) return;
  write('warn', `${blockedFor(blockedMs)} ${culprit}.`, plugin);
  const count = Atomics.load(counter, 0);
  reported = { count, times: reported.count === count ? reported.times + 1 : 1 };
  const hasLimit = Number.isFinite(orders.endAfterMs) || Number.isFinite(deadlineAtMs);
  if (reported.times < ADVISED_WITH || hasLimit || isAdvised) return;
  isAdvised = true;
  write('warn', WITHOUT_LIMIT, plugin);
}

/** No thread but the main one can give an exit code. */
function kill(why: string): void {
  write('fatal', `${why}: the process is killed.`);
  process.kill(process.pid, 'SIGKILL');
}

function blockedFor(blockedMs: number): string {
  return `The event loop has been blocked for ${inSeconds(blockedMs)}`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function write(level: 'warn' | 'fatal', msg: string, plugin?: string): void {
  writeErrorLine({ level, context: 'Watchdog', plugin, msg }, orders.form, clock.now());
}
