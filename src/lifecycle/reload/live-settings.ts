/** Gives plugins new settings while they run, through their `onConfigChange`. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, messageOf, toError, withinDeadline } from '../../common/index.js';
import type { PluginEntry } from '../../host/index.js';
import { runInContext } from '../../telemetry/index.js';
import { PluginConfigChangeError } from '../lifecycle.errors.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';

@Injectable()
export class LiveSettings {
  readonly #logger = new Logger('Configuration');

  constructor(
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
  ) {}

  /** Never rejects. @returns true if the plugin runs on with its new settings; otherwise it has to be restarted */
  async give(runtime: PluginRuntime, next: PluginEntry): Promise<boolean> {
    const { name: plugin, entry, instance, isUp } = runtime;
    const configurable = isUp ? instance?.configurable : undefined;
    const [settings, previous] = [next.configuration, entry.configuration];
    if (!configurable || next.status !== entry.status || !settings || !previous) return false;
    const timeoutMs = (next.section.startTimeout ?? this.options.startTimeout) * 1000;
    const onLate = (): Error => new PluginConfigChangeError(plugin, timeoutMs);
    try {
      const change = runInContext({ plugin }, async () => configurable.onConfigChange(settings, previous));
      await withinDeadline(change, { clock: this.clock, timeoutMs, onLate });
      return true;
    } catch (error) {
      const what = `Plugin "${plugin}" could not go on with its new settings and is restarted: ${messageOf(error)}`;
      runInContext({ plugin }, () => this.#logger.error(what, toError(error)));
      return false;
    }
  }
}
