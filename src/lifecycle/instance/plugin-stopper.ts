/** Ends one plugin: drain, destroy hooks, resources, modules. Every step has a deadline, and the next step runs also after a failed one. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, messageOf, toError, withinDeadline } from '../../common/index.js';
import type { PluginEntry } from '../../host/index.js';
import { runInContext } from '../../telemetry/index.js';
import { PluginStopError, seconds } from '../lifecycle.errors.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import { ShutdownSignal } from '../process/shutdown-signal.js';
import type { DestroyStep, PluginInstance } from './plugin-instance.js';
import { PluginProgress } from './plugin-progress.js';
import { warnWhileSlow } from './warn-while-slow.js';

@Injectable()
export class PluginStopper {
  readonly #logger = new Logger(PluginStopper.name);

  constructor(
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
    private readonly signal: ShutdownSignal,
  ) {}

  /** Stops a running plugin. @returns what was not clean, in words; empty for a clean stop */
  stop(instance: PluginInstance, entry: PluginEntry): Promise<string[]> {
    const progress = new PluginProgress(instance, this.clock);
    return runInContext({ plugin: instance.name }, () =>
      this.#watched(progress, instance.name, this.#stop(instance, entry, progress)),
    );
  }

  /** Removes a plugin whose start failed or was given up. */
  async discard(instance: PluginInstance, entry: PluginEntry): Promise<void> {
    const progress = new PluginProgress(instance, this.clock);
    await this.#watched(progress, instance.name, this.#discard(instance, entry, progress));
  }

  async #stop(instance: PluginInstance, entry: PluginEntry, progress: PluginProgress): Promise<string[]> {
    instance.intake.close();
    progress.enter({ kind: 'other', what: 'its open requests and running event handlers' });
    const givenUp = await instance.intake.drain(this.options.drainTimeout * 1000);
    for (const what of givenUp)
      this.#logger.warn(`Plugin "${instance.name}" was still busy at the end of its drain time: ${what}.`);
    return [...givenUp, ...(await this.#destroy(instance, entry, progress))];
  }

  async #discard(instance: PluginInstance, entry: PluginEntry, progress: PluginProgress): Promise<void> {
    instance.intake.close();
    instance.abort();
    await instance.intake.drain(0);
    await this.#destroy(instance, entry, progress);
  }

  async #destroy(instance: PluginInstance, entry: PluginEntry, progress: PluginProgress): Promise<string[]> {
    const timeoutMs = (entry.section.stopTimeout ?? this.options.stopTimeout) * 1000;
    const problems: string[] = [];
    instance.abort();
    for (const step of instance.destroySteps(() => this.signal.name)) {
      progress.enter(step.phase);
      const thrown = await this.#runStep(instance.name, step, timeoutMs, progress);
      if (thrown.length > 0) problems.push(step.name);
      for (const error of thrown) this.#report(instance.name, step.name, toError(error));
    }
    instance.release();
    return problems;
  }

  #runStep(plugin: string, { run }: DestroyStep, timeoutMs: number, progress: PluginProgress): Promise<unknown[]> {
    const onLate = (): Error =>
      new PluginStopError(plugin, `${progress.culprits()} took longer than ${seconds(timeoutMs)}`);
    return withinDeadline(run(), { clock: this.clock, timeoutMs, onLate }).catch((late: unknown) => [late]);
  }

  #watched<T>(progress: PluginProgress, plugin: string, work: Promise<T>): Promise<T> {
    const warn = (elapsedMs: number): void => {
      const blame = progress.blame();
      this.#logger.warn(
        `Plugin "${plugin}" has been stopping for ${seconds(elapsedMs)}. It is waiting for its own code: ${blame}.`,
      );
    };
    return warnWhileSlow(work, { clock: this.clock, warn });
  }

  #report(plugin: string, step: string, thrown: Error): void {
    const problem =
      thrown instanceof PluginStopError
        ? thrown
        : new PluginStopError(plugin, `${step} threw: ${messageOf(thrown)}`, thrown);
    this.#logger.error(problem, problem.stack);
  }
}
