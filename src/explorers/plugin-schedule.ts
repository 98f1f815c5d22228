/** What one start of one plugin has scheduled: its registries, the names that are taken, and which kinds its settings leave out. */
import type { Type } from '@nestjs/common';
import { PluginScheduleError } from './explorers.errors.js';
import type { ScheduledMethod } from './schedule.metadata.js';
import type { ScheduledJob } from './scheduled-jobs.js';
import { emptyRegistry, type SchedulerRegistry } from './scheduler-registry.js';

/** What `ScheduleModule.forRoot` takes; what is left out is on. */
export interface ScheduleSettings {
  readonly cronJobs?: boolean;
  readonly intervals?: boolean;
  readonly timeouts?: boolean;
}

const SETTING = { Cron: 'cronJobs', Interval: 'intervals', Timeout: 'timeouts' } as const;

export class PluginSchedule {
  readonly #registries = new Map<Type<object>, SchedulerRegistry>();
  readonly #names = new Map<string, ScheduledJob>();
  /** Those of `ScheduleModule.forRoot` in the plugin. */
  #settings: ScheduleSettings = {};

  /** One for each copy of the package: one, as a rule. */
  get registries(): readonly SchedulerRegistry[] {
    return [...this.#registries.values()];
  }

  registryOf(token: Type<object>): SchedulerRegistry {
    const registry = this.#registries.get(token) ?? (new token() as SchedulerRegistry);
    this.#registries.set(token, registry);
    return registry;
  }

  follow(settings: ScheduleSettings): void {
    this.#settings = settings;
  }

  /** True if the settings of the application and of the plugin allow this kind of job. */
  allows(kind: ScheduledMethod['kind'], application: ScheduleSettings): boolean {
    return application[SETTING[kind]] !== false && this.#settings[SETTING[kind]] !== false;
  }

  /** @throws PluginScheduleError where another job of the kind has the name */
  take(kind: ScheduledMethod['kind'], name: string, job: ScheduledJob): void {
    const key = `${kind} ${name}`;
    const other = this.#names.get(key);
    if (other)
      throw new PluginScheduleError(job.plugin, job.label, `its name "${name}" is that of ${other.label} as well`);
    this.#names.set(key, job);
  }

  /** Ends what is registered. A second call ends what was added since. */
  empty(): void {
    for (const registry of this.#registries.values()) emptyRegistry(registry);
  }
}
