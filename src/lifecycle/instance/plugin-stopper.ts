/** Ends one plugin: drain, destroy hooks, resources, modules. Every step has a deadline and none keeps the next from running. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, messageOf, withinDeadline } from '../../common/index.js';
import type { PluginEntry } from '../../host/index.js';
import { runInContext } from '../../telemetry/index.js';
import { PluginStopError } from '../lifecycle.errors.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import type { PluginInstance } from './plugin-instance.js';

@Injectable()
export class PluginStopper {
  readonly #logger = new Logger(PluginStopper.name);

  constructor(
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /** Stops a running plugin. @returns what was not clean, in words; empty for a clean stop */
  stop(instance: PluginInstance, entry: PluginEntry): Promise<string[]> {
    return runInContext({ plugin: instance.name }, async () => {
      instance.closeIntake();
      const givenUp = await instance.drain(this.options.drainTimeout * 1000);
      for (const what of givenUp) this.#logger.warn(`Plugin "${instance.name}" was still busy at the end of its drain time: ${what}.`);
      return [...givenUp, ...(await this.#destroy(instance, entry))];
    });
  }

  /** Removes a plugin whose start failed or was given up. */
  async discard(instance: PluginInstance, entry: PluginEntry): Promise<void> {
    instance.closeIntake();
    instance.abort();
    await instance.drain(0);
    await this.#destroy(instance, entry);
  }

  async #destroy(instance: PluginInstance, entry: PluginEntry): Promise<string[]> {
    const timeoutMs = (entry.section.stopTimeout ?? this.options.stopTimeout) * 1000;
    const problems: string[] = [];
    instance.abort();
    for (const { name, run } of instance.destroySteps()) {
      const onLate = (): Error => new PluginStopError(instance.name, `${name} took longer than ${timeoutMs / 1000} s`);
      const thrown = await withinDeadline(run(), { clock: this.clock, timeoutMs, onLate }).catch((late: unknown) => [late]);
      if (thrown.length > 0) problems.push(name);
      for (const error of thrown) this.#report(instance.name, name, error);
    }
    instance.release();
    return problems;
  }

  #report(plugin: string, step: string, thrown: unknown): void {
    const problem = thrown instanceof PluginStopError ? thrown : new PluginStopError(plugin, `${step} threw: ${messageOf(thrown)}`, thrown);
    this.#logger.error(problem, problem.stack);
  }
}
