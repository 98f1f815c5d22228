/** Starts one plugin within its deadline, and removes all of it when the start fails. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, untilAborted, withinDeadline } from '../../common/index.js';
import { runInContext } from '../../telemetry/index.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import { PluginStartCancelledError, PluginStartTimeoutError, seconds } from '../lifecycle.errors.js';
import { type Phase, type PluginInstance, type PluginInstanceDetails, PluginInstances } from './plugin-instance.js';
import { PluginProgress } from './plugin-progress.js';
import { PluginStopper } from './plugin-stopper.js';
import { warnWhileSlow } from './warn-while-slow.js';

@Injectable()
export class PluginStarter {
  readonly #logger = new Logger(PluginStarter.name);

  constructor(
    private readonly instances: PluginInstances,
    private readonly stopper: PluginStopper,
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /**
   * @param cancelled aborts when the plugin is to stop before it has started
   * @returns the running plugin
   * @throws what the plugin threw, PluginStartTimeoutError, or PluginStartCancelledError; nothing of the plugin is left by then
   */
  start(details: PluginInstanceDetails, cancelled: AbortSignal): Promise<PluginInstance> {
    return runInContext({ plugin: details.entry.name }, () => this.#start(details, cancelled));
  }

  async #start(details: PluginInstanceDetails, cancelled: AbortSignal): Promise<PluginInstance> {
    const instance = this.instances.create(details);
    try {
      await this.#run(instance, details, cancelled);
      return instance;
    } catch (error) {
      await this.stopper.discard(instance, details.entry);
      throw error;
    }
  }

  async #run(instance: PluginInstance, details: PluginInstanceDetails, cancelled: AbortSignal): Promise<void> {
    const progress = new PluginProgress(instance, this.clock);
    const work = unlessCancelled(instance.name, cancelled, this.#phases(instance, progress));
    const warn = (elapsedMs: number): void => this.#warn(instance.name, elapsedMs, progress);
    await warnWhileSlow(this.#withinDeadline(details, progress, work), { clock: this.clock, warn });
  }

  async #phases(instance: PluginInstance, progress: PluginProgress): Promise<void> {
    const phases: readonly (readonly [phase: Phase, run: () => Promise<void> | void])[] = [
      [{ kind: 'providers' }, () => instance.load()],
      [{ kind: 'hook', hook: 'onModuleInit' }, () => instance.initialize()],
      [{ kind: 'other', what: 'the attachment of its handlers' }, () => instance.intake.attach()],
      [{ kind: 'hook', hook: 'onApplicationBootstrap' }, () => instance.bootstrap()],
      [{ kind: 'other', what: 'the opening of its routes' }, () => instance.intake.openRoutes()],
      [{ kind: 'other', what: 'the registration of its health checks' }, () => instance.intake.watchHealth()],
    ];
    for (const [phase, run] of phases) {
      progress.enter(phase);
      await run();
      // The start was given up during this phase, and `discard` has released what the phase made.
      if (instance.isAborted) return;
    }
  }

  #withinDeadline({ entry }: PluginInstanceDetails, progress: PluginProgress, work: Promise<void>): Promise<void> {
    const timeoutMs = (entry.section.startTimeout ?? this.options.startTimeout) * 1000;
    const onLate = (): Error => new PluginStartTimeoutError(entry.name, { timeoutMs, waitingFor: progress.blame() });
    return withinDeadline(work, { clock: this.clock, timeoutMs, onLate });
  }

  /** Only plugins whose dependencies are up get this far, so the plugin itself is what is slow. */
  #warn(plugin: string, elapsedMs: number, progress: PluginProgress): void {
    this.#logger.warn(
      `Plugin "${plugin}" has been starting for ${seconds(elapsedMs)}. ` +
        `It is waiting for its own code: ${progress.blame()}. Its dependencies are ready.`,
    );
  }
}

function unlessCancelled<T>(plugin: string, cancelled: AbortSignal, work: Promise<T>): Promise<T> {
  return untilAborted(work, cancelled, () => new PluginStartCancelledError(plugin));
}
