/** Reports each change of a plugin's state to the log, the metrics and the events `panotti.plugin.<state>`. */
import { Injectable, Logger } from '@nestjs/common';
import { toError } from '../../common/index.js';
import { EventBus, type PluginEvents } from '../../events/index.js';
import { waitsForProgram } from '../../host/index.js';
import { HOST_NAME } from '../../plugin/index.js';
import { runInContext } from '../../telemetry/index.js';
import { LifecycleMetrics } from '../lifecycle.metrics.js';
import type { PluginRuntime } from './plugin-runtime.js';
import { type PluginStateName, type PluginTransition, TRANSITIONS } from './plugin-state.js';

/** The payload of `panotti.plugin.<state>`. */
export interface PluginStateChange {
  readonly plugin: string;
  readonly version: string;
  readonly state: PluginStateName;
  readonly previousState: PluginStateName;
  readonly attempt: number;
  readonly reason: string | undefined;
}

const eventName = (state: string): string => `panotti.plugin.${state}`;

const LEVELS: Readonly<Partial<Record<PluginStateName, 'warn' | 'error' | 'debug'>>> = {
  invalid: 'error',
  failed: 'error',
  suspended: 'error',
  blocked: 'warn',
  retrying: 'warn',
  degraded: 'warn',
  starting: 'debug',
  stopping: 'debug',
};

@Injectable()
export class TransitionLog {
  readonly #logger = new Logger('PluginHost');
  readonly #events: PluginEvents;

  constructor(
    bus: EventBus,
    private readonly metrics: LifecycleMetrics,
  ) {
    this.#events = bus.publisherFor({ name: HOST_NAME, emits: Object.keys(TRANSITIONS).map(eventName) });
  }

  /** @param cause the error of a failed start: it is logged with its stack and causes, in the same record */
  record(runtime: PluginRuntime, transition: PluginTransition, cause?: Error): void {
    const { name, manifest } = runtime.entry;
    const { to: state, from: previousState, attempt, reason } = transition;
    const level = state === 'blocked' && waitsForProgram(runtime.entry) ? 'log' : (LEVELS[state] ?? 'log');
    const text = `Plugin "${name}" is ${state}${reason ? `: ${reason}` : '.'}`;
    runInContext({ plugin: name }, () => (cause ? this.#logger[level](text, cause) : this.#logger[level](text)));
    const change: PluginStateChange = {
      plugin: name,
      version: manifest.version,
      state,
      previousState,
      attempt,
      reason,
    };
    void this.#events.publish(eventName(state), change).catch((error: unknown) => this.#logger.error(toError(error)));
  }

  started(runtime: PluginRuntime, durationMs: number): void {
    this.metrics.started(runtime.name, durationMs);
  }

  failed(runtime: PluginRuntime): void {
    this.metrics.failed(runtime.name);
  }
}
