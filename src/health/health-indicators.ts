/** Every health check of every plugin that runs. The lifecycle attaches a plugin's checks when it starts and closes them when it stops. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/index.js';
import { healthChecksOf } from './health-check.metadata.js';
import { HealthCheckDuplicateError } from './health.errors.js';
import { HealthIndicator, type CheckResult } from './health-indicator.js';
import { HealthOptions } from './health.options.js';

/** The checks of one start of a plugin. */
export interface AttachedHealthChecks {
  /** From now on the checks are neither run nor shown. */
  close(): void;
}

interface FoundCheck {
  readonly where: string;
  readonly indicator: HealthIndicator;
}

@Injectable()
export class HealthIndicators {
  readonly #byPlugin = new Map<string, readonly HealthIndicator[]>();

  constructor(
    private readonly clock: Clock,
    private readonly options: HealthOptions,
  ) {}

  /**
   * Takes over the `@HealthCheck` methods of the plugin's instances; checks of an earlier start of the same plugin are replaced.
   *
   * @throws HealthCheckDuplicateError when two methods have the same name; nothing is attached then
   */
  attach(plugin: string, instances: readonly object[]): AttachedHealthChecks {
    const checks = new Map<string, FoundCheck>();
    for (const instance of new Set(instances)) {
      for (const found of this.#checksOf(plugin, instance)) {
        const other = checks.get(found.indicator.name);
        if (other) throw new HealthCheckDuplicateError(plugin, found.indicator.name, [other.where, found.where]);
        checks.set(found.indicator.name, found);
      }
    }
    const indicators = [...checks.values()].map(({ indicator }) => indicator);
    this.#byPlugin.set(plugin, indicators);
    return {
      close: () => {
        if (this.#byPlugin.get(plugin) === indicators) this.#byPlugin.delete(plugin);
      },
    };
  }

  /** The results of a plugin's checks by name; empty for a plugin without checks. Never rejects. */
  async resultsOf(plugin: string): Promise<Record<string, CheckResult>> {
    const indicators = this.#byPlugin.get(plugin) ?? [];
    return Object.fromEntries(await Promise.all(indicators.map(async (indicator) => [indicator.name, await indicator.result()] as const)));
  }

  #checksOf(plugin: string, instance: object): FoundCheck[] {
    return healthChecksOf(instance).map(({ name, method, options }) => ({
      where: `${instance.constructor.name}.${String(method)}`,
      indicator: new HealthIndicator({
        plugin,
        name,
        clock: this.clock,
        timeoutMs: options.timeoutMs ?? this.options.checkTimeout * 1_000,
        cacheMs: options.cacheMs ?? this.options.cacheTtl * 1_000,
        // The decorator accepts methods only, so the property of the instance is one.
        run: () => (instance as Record<string | symbol, () => unknown>)[method]?.(),
      }),
    }));
  }
}
