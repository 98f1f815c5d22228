/** Starts one plugin within its deadline, and leaves nothing of it behind when that fails. */
import { Injectable } from '@nestjs/common';
import { Clock, withinDeadline } from '../../common/index.js';
import { runInContext } from '../../telemetry/index.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import { PluginStartCancelledError, PluginStartTimeoutError } from '../lifecycle.errors.js';
import { PluginInstance, type PluginInstanceDetails } from './plugin-instance.js';
import { PluginServices } from './plugin-services.js';
import { PluginStopper } from './plugin-stopper.js';

/** What a start is busy with, for the message of a timeout. */
interface Progress {
  waitingFor: string;
  sinceMs: number;
}

@Injectable()
export class PluginStarter {
  constructor(
    private readonly services: PluginServices,
    private readonly stopper: PluginStopper,
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /**
   * @param cancelled aborts when the plugin is to stop before it has started
   * @returns the running plugin
   * @throws whatever the plugin threw, PluginStartTimeoutError, or PluginStartCancelledError; the plugin is gone by then
   */
  start(details: PluginInstanceDetails, cancelled: AbortSignal): Promise<PluginInstance> {
    return runInContext({ plugin: details.entry.name }, () => this.#start(details, cancelled));
  }

  async #start(details: PluginInstanceDetails, cancelled: AbortSignal): Promise<PluginInstance> {
    const instance = new PluginInstance(details, this.services);
    const progress: Progress = { waitingFor: '', sinceMs: 0 };
    try {
      await unlessCancelled(instance.name, cancelled, this.#withinDeadline(details, progress, this.#phases(instance, progress)));
      return instance;
    } catch (error) {
      await this.stopper.discard(instance, details.entry);
      throw error;
    }
  }

  async #phases(instance: PluginInstance, progress: Progress): Promise<void> {
    const className = instance.module.module.name;
    const phases: readonly (readonly [waitingFor: string, run: () => Promise<void> | void])[] = [
      [`the constructors and factories of its providers`, () => instance.load()],
      [`its own onModuleInit (${className} and its providers)`, () => instance.initialize()],
      [`the attachment of its handlers`, () => instance.attach()],
      [`its own onApplicationBootstrap (${className} and its providers)`, () => instance.bootstrap()],
      [`the opening of its routes`, () => instance.openRoutes()],
    ];
    for (const [waitingFor, run] of phases) {
      progress.waitingFor = waitingFor;
      progress.sinceMs = this.clock.monotonicMs();
      await run();
      // The start was given up meanwhile, and what this phase made was released by whoever did that.
      if (instance.isAborted) return;
    }
  }

  #withinDeadline({ entry }: PluginInstanceDetails, progress: Progress, work: Promise<void>): Promise<void> {
    const timeoutMs = (entry.section.startTimeout ?? this.options.startTimeout) * 1000;
    const onLate = (): Error => {
      const waitedMs = this.clock.monotonicMs() - progress.sinceMs;
      return new PluginStartTimeoutError(entry.name, { timeoutMs, waitingFor: progress.waitingFor, waitedMs });
    };
    return withinDeadline(work, { clock: this.clock, timeoutMs, onLate });
  }
}

function unlessCancelled<T>(plugin: string, cancelled: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new PluginStartCancelledError(plugin));
    if (cancelled.aborted) cancel();
    cancelled.addEventListener('abort', cancel, { once: true });
    work.finally(() => cancelled.removeEventListener('abort', cancel)).then(resolve, reject);
  });
}
