/** Every health check of every plugin that runs. The lifecycle attaches a plugin's checks when it starts and closes them when it stops. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, toError } from '../common/index.js';
import { type DeclaredHealthCheck, healthChecksOf } from './health-check.metadata.js';
import { HealthCheckDuplicateError } from './health.errors.js';
import { HealthIndicator, type CheckResult } from './health-indicator.js';
import { HealthOptions } from './health.options.js';
import { PluginChecks } from './plugin-checks.js';

/** The checks of one start of a plugin. */
export interface AttachedHealthChecks {
  /** From now on the checks are neither run nor shown. */
  close(): void;
}

/** Told when the checks of a plugin begin to fail, and when all of them are well again. A plugin counts as healthy until a check has failed. */
export type HealthListener = (plugin: string, isHealthy: boolean) => void;

interface FoundCheck {
  readonly where: string;
  readonly options: DeclaredHealthCheck['options'];
  readonly run: () => unknown;
}

@Injectable()
export class HealthIndicators {
  readonly #logger = new Logger(HealthIndicators.name);
  readonly #byPlugin = new Map<string, PluginChecks>();
  readonly #listeners = new Set<HealthListener>();
  #revision = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: HealthOptions,
  ) {}

  /**
   * Takes over the `@HealthCheck` methods of the plugin's instances; checks of an earlier start of the same plugin are replaced.
   * Two checks with the same name are not run: their name has one line, which is down, and the log says which methods they are.
   */
  attach(plugin: string, instances: readonly object[]): AttachedHealthChecks {
    const checks = new PluginChecks({
      clock: this.clock,
      intervalMs: this.options.checkInterval * 1_000,
      onChange: (isHealthy) => this.#tell(plugin, isHealthy),
    });
    const found = [...findChecks(plugin, instances)];
    checks.open(found.map(([name, check]) => this.#indicator({ plugin, name, check, checks })));
    this.#byPlugin.get(plugin)?.close();
    this.#byPlugin.set(plugin, checks);
    this.#revision++;
    return {
      close: () => {
        checks.close();
        this.#revision++;
        if (this.#byPlugin.get(plugin) === checks) this.#byPlugin.delete(plugin);
      },
    };
  }

  /** Goes up with each result of a check, and whenever checks come or go. */
  get revision(): number {
    return this.#revision;
  }

  /** Until when all results are given again without a run, in monotonic milliseconds. */
  freshUntilMs(): number {
    return Math.min(Infinity, ...[...this.#byPlugin.values()].map((checks) => checks.freshUntilMs()));
  }

  /** The results of a plugin's checks by name; empty for a plugin without checks. Settles within the longest of their time-outs; never rejects. */
  async resultsOf(plugin: string): Promise<Record<string, CheckResult>> {
    return (await this.#byPlugin.get(plugin)?.results()) ?? {};
  }

  /** Tells `listener` of changes from now on, until what is returned is disposed of. */
  onChange(listener: HealthListener): Disposable {
    // A function of its own for each call, so that the same listener can be given twice.
    const own: HealthListener = (plugin, isHealthy) => listener(plugin, isHealthy);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  #tell(plugin: string, isHealthy: boolean): void {
    for (const listener of this.#listeners) {
      try {
        listener(plugin, isHealthy);
      } catch (thrown) {
        const error = toError(thrown);
        this.#logger.error(error, error.stack);
      }
    }
  }

  #indicator(details: { plugin: string; name: string; check: FoundCheck; checks: PluginChecks }): HealthIndicator {
    const { plugin, name, check, checks } = details;
    return new HealthIndicator({
      plugin,
      name,
      clock: this.clock,
      timeoutMs: check.options.timeoutMs ?? this.options.checkTimeout * 1_000,
      cacheMs: check.options.cacheMs ?? this.options.cacheTtl * 1_000,
      run: check.run,
      onResult: (isHealthy) => {
        this.#revision++;
        checks.note(name, isHealthy);
      },
    });
  }
}

/** By name. Those with a name that is taken become one that always fails: a plugin must not stand still because of its checks. */
function findChecks(plugin: string, instances: readonly object[]): Map<string, FoundCheck> {
  const checks = new Map<string, FoundCheck>();
  for (const instance of new Set(instances)) {
    for (const { name, method, options } of healthChecksOf(instance)) {
      const where = `${instance.constructor.name}.${String(method)}`;
      // The decorator accepts methods only, so the property of the instance is one.
      const run = (): unknown => (instance as Record<string | symbol, () => unknown>)[method]?.();
      const other = checks.get(name);
      checks.set(name, other ? duplicate(plugin, name, [other.where, where]) : { where, options, run });
    }
  }
  return checks;
}

function duplicate(plugin: string, name: string, methods: readonly [string, string]): FoundCheck {
  const run = (): never => {
    throw new HealthCheckDuplicateError(plugin, name, methods);
  };
  return { where: methods.join(' and '), options: {}, run };
}
