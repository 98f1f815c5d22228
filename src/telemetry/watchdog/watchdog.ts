/** Reports what blocks the event loop, and who: in the log, in metrics and, where that is set, by the end of the process. */
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import inspector from 'node:inspector';
import { toError } from '../../common/index.js';
import { runInContext } from '../context/active-context.js';
import { PluginFiles } from '../context/plugin-files.js';
import { TelemetryOptions } from '../telemetry.options.js';
import { HeapWatch } from '../heap/heap-watch.js';
import type { LineForm } from '../log/standard-error.js';
import { type BlockingCode, describeBlockingCode } from './blocking-code.js';
import { WatchdogThread } from './watchdog-thread.js';
import { WatchdogMetrics } from './watchdog.metrics.js';

/** Heartbeats a threshold. What is reported has been blocked for at least the threshold, and at most one heartbeat longer. */
const HEARTBEATS = 5;

/** While the server loads, native code that blocks may be its own, on a slow disk: it is given this long before the process is killed. */
const KILL_WHILE_LOADING_MS = 10_000;

/** Injection token of a thread that runs already, and is not stopped with the application. */
export const WATCHDOG_THREAD = Symbol('panotti:watchdog-thread');

/** Injection token of the form of lines on the standard error. */
export const LINE_FORM = Symbol('panotti:line-form');

@Injectable()
export class Watchdog implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Watchdog');
  readonly #thread: WatchdogThread;
  readonly #thresholdMs: number;
  readonly #maxBlockMs: number;
  readonly #listening = new DisposableStack();
  #endProcess: (() => void) | undefined;
  /** Until plugins have started for the first time, what blocks may be the server's own loading. */
  #isLoading = true;
  #cpuAtBeat: NodeJS.CpuUsage = process.threadCpuUsage();
  #finding: BlockingCode | undefined;

  constructor(
    private readonly options: TelemetryOptions,
    pluginFiles: PluginFiles,
    private readonly metrics: WatchdogMetrics,
    private readonly heap: HeapWatch,
    @Optional() @Inject(WATCHDOG_THREAD) private readonly givenThread: WatchdogThread | undefined,
    @Inject(LINE_FORM) form: LineForm,
  ) {
    this.#thread = givenThread ?? new WatchdogThread();
    this.#thread.attribute(pluginFiles);
    this.#thread.writeAs(form);
    this.#thresholdMs = options.watchdogThreshold * 1000;
    this.#maxBlockMs = options.watchdogMaxBlock > 0 ? options.watchdogMaxBlock * 1000 : Number.POSITIVE_INFINITY;
  }

  /** What to do once the event loop has been blocked for longer than `watchdogMaxBlock`; it runs on top of the code that blocks, and nothing after it. */
  whenBlockedTooLong(end: () => void): void {
    this.#endProcess = end;
  }

  /** Plugins have started for the first time, and the server has loaded: from here on it does not matter whose code blocks. */
  loadingIsOver(): void {
    this.#isLoading = false;
    if (this.options.watchdog) this.#limitBlocks();
  }

  onApplicationBootstrap(): void {
    if (!this.options.watchdog) return void this.givenThread?.stop();
    if (Number.isFinite(this.#maxBlockMs) && !this.#endProcess) {
      const how = 'give `processGuard: { end }` to PluginHostModule.forRoot';
      this.#logger.warn(`telemetry.watchdogMaxBlock has no effect, because the host may not end this process: ${how}.`);
    }
    this.#listening.use(
      this.#thread.listen({
        turned: (sinceBeatMs) => this.#turned(sinceBeatMs),
        blocked: (code) => this.#found(code),
        // Code that blocks may fill the heap, and it is the last moment at which that can be said.
        looked: () => this.heap.look(),
      }),
    );
    this.#limitBlocks();
    this.#thread.reportBlocks(this.#reportAfterMs, this.#thresholdMs / HEARTBEATS);
    this.#thread.start((error) => this.#giveUp(error));
  }

  async onApplicationShutdown(): Promise<void> {
    this.#listening.dispose();
    this.heap.stop();
    // One that was given goes on: it sees to the end of the process.
    if (!this.givenThread) await this.#thread.stop();
  }

  #limitBlocks(): void {
    const end = this.#endProcess;
    const limit = this.#isLoading ? { killAfterMs: KILL_WHILE_LOADING_MS } : {};
    this.#thread.limitBlocks(
      this.#maxBlockMs,
      end && ((code, sinceBeatMs) => this.#end(code, sinceBeatMs, end)),
      limit,
    );
  }

  get #reportAfterMs(): number {
    return this.#thresholdMs * (1 + 1 / HEARTBEATS);
  }

  #giveUp(error: unknown): void {
    this.#logger.warn(
      `What blocks the event loop will not be named, because the watchdog cannot run: ${toError(error).message}`,
    );
    this.#listening.dispose();
    void this.#thread.stop();
  }

  #found(code: BlockingCode): void {
    if (this.#finding?.seen !== 'running') this.#finding = code;
  }

  #turned(sinceBeatMs: number): void {
    this.#tell(sinceBeatMs);
    this.heap.look();
  }

  /** Logs and counts what has happened since the last heartbeat, if that was a block. */
  #tell(sinceBeatMs: number): void {
    // Others may have had it looked at earlier than it is to be reported.
    const code = sinceBeatMs < this.#thresholdMs ? undefined : (this.#finding ?? this.#unseenBlock(sinceBeatMs));
    this.#finding = undefined;
    this.#cpuAtBeat = process.threadCpuUsage();
    if (!code) return;
    this.metrics.blocked(code.plugin, sinceBeatMs);
    const seconds = (sinceBeatMs / 1000).toFixed(1);
    const culprit =
      code.frame || code.plugin ? describeBlockingCode(code) : 'by code that was gone before it could be seen';
    runInContext({ plugin: code.plugin }, () =>
      this.#logger.warn(`The event loop was blocked for ${seconds} s ${culprit}.`),
    );
  }

  #end(code: BlockingCode, sinceBeatMs: number, endProcess: () => void): void {
    if (this.#isLoading && code.plugin === undefined) return;
    const blocked = `The event loop was blocked for ${(sinceBeatMs / 1000).toFixed(1)} s ${describeBlockingCode(code)}`;
    runInContext({ plugin: code.plugin }, () =>
      this.#logger.fatal(
        `${blocked}. That is longer than telemetry.watchdogMaxBlock: the process ends, without stopping its plugins.`,
      ),
    );
    endProcess();
  }

  /** A long time without a finding is a block if this thread computed meanwhile; else the machine was suspended or busy with others. */
  #unseenBlock(sinceBeatMs: number): BlockingCode | undefined {
    if (sinceBeatMs < this.#reportAfterMs || inspector.url() !== undefined) return undefined;
    const { user, system } = process.threadCpuUsage(this.#cpuAtBeat);
    const computedMs = (user + system) / 1000;
    return computedMs > sinceBeatMs / 2 ? { plugin: undefined, frame: undefined, seen: 'left' } : undefined;
  }
}
