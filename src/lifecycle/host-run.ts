/** The run of all plugins, from the first start to the shutdown. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, withinDeadline } from '../common/index.js';
import { CommandQueues } from './commands/command-queues.js';
import { FirstStart } from './first-start.js';
import { ShutdownTimeoutError } from './lifecycle.errors.js';
import { LifecycleOptions } from './lifecycle.options.js';
import { Orchestrator } from './orchestration/orchestrator.js';

@Injectable()
export class HostRun {
  readonly #ending = new AbortController();
  readonly #firstStart = Promise.withResolvers<void>();
  #startup: Promise<void> | undefined;
  #stop: Promise<void> | undefined;
  #isStarted = false;
  #isShutdownLate = false;

  constructor(
    private readonly first: FirstStart,
    private readonly orchestrator: Orchestrator,
    private readonly queues: CommandQueues,
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /** True once each plugin is up or known not to be. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** True once the end of the server was announced. */
  get isDraining(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Resolves once the first start is over, or will not come because the server ends. */
  get firstStart(): Promise<void> {
    return this.#firstStart.promise;
  }

  /** Starts all plugins. A second call waits for the same start. */
  startAll(): Promise<void> {
    this.#startup ??= this.#start();
    return this.#startup;
  }

  /** Turns readiness off, and refuses commands from here on. */
  announceShutdown(): void {
    this.#ending.abort();
    this.queues.close();
    this.#firstStart.resolve();
  }

  /** Resolves when all plugins have stopped, and the commands that were given have ended. */
  async stopAll(): Promise<void> {
    await Promise.all([this.#stopPlugins(), this.queues.ended()]);
  }

  /** Never rejects. */
  async shutDown(): Promise<void> {
    const { drainDelay, shutdownTimeout } = this.options;
    if (!this.isDraining) {
      this.announceShutdown();
      if (drainDelay > 0) await this.clock.sleep(drainDelay * 1_000);
    }
    const onLate = (): Error => new ShutdownTimeoutError(shutdownTimeout, this.orchestrator.notStopped());
    const timeoutMs = shutdownTimeout * 1_000;
    try {
      await withinDeadline(this.#stopPlugins(), { clock: this.clock, timeoutMs, onLate });
    } catch (late) {
      this.#isShutdownLate = true;
      new Logger('PluginHost').error(late, (late as Error).stack);
      return;
    }
    // Outside of the deadline: what commands have still to write takes no plugin's time.
    await this.queues.ended();
  }

  /** Names of the plugins whose stop was not clean, or had not ended when the time for the shutdown was over. */
  uncleanStops(): string[] {
    const late = this.#isShutdownLate ? this.orchestrator.notStopped() : [];
    return [...new Set([...this.orchestrator.uncleanStops(), ...late])];
  }

  async #start(): Promise<void> {
    if (!(await this.first.run(this.#ending.signal))) return;
    this.#isStarted = true;
    this.#firstStart.resolve();
  }

  #stopPlugins(): Promise<void> {
    this.announceShutdown();
    this.#stop ??= this.orchestrator.stopAll();
    return this.#stop;
  }
}
