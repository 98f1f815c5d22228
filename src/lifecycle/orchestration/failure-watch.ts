/** Counts failures of running plugins, so that a plugin that keeps hanging or throwing stray errors is suspended. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EVENT_FAILED, EventBus, type EventFailed, OnEvent } from '../../events/index.js';
import { HOST_NAME } from '../../plugin/index.js';
import { type StrayErrorKind, StrayErrors } from '../../telemetry/index.js';
import { Orchestrator } from './orchestrator.js';
import { PluginGraph } from './plugin-graph.js';
import type { PluginRuntime } from './plugin-runtime.js';

/** Number of calls of one plugin that hang at the same time, from which it is suspended. */
const HANGING_LIMIT = 3;

/** Kinds that are reported although nothing has failed. */
const NO_FAILURES: ReadonlySet<StrayErrorKind> = new Set(['listener-leak', 'warning']);

@Injectable()
export class FailureWatch implements OnModuleInit, OnModuleDestroy {
  readonly #subscription: Disposable;

  constructor(
    private readonly bus: EventBus,
    private readonly graph: PluginGraph,
    private readonly orchestrator: Orchestrator,
    strayErrors: StrayErrors,
  ) {
    this.#subscription = strayErrors.subscribe({ strayError: (plugin, kind) => this.#strayError(plugin, kind) });
  }

  onModuleInit(): void {
    this.bus.attach(HOST_NAME, [{ type: FailureWatch, instance: this }]);
    this.bus.onHanging((plugin, hanging) => this.#hangs(plugin, hanging));
  }

  onModuleDestroy(): void {
    this.#subscription[Symbol.dispose]();
  }

  /** Counts only exceeded deadlines: such a handler may keep its resources for ever, while one that threw has ended. */
  @OnEvent(EVENT_FAILED)
  deliveryFailed({ plugin, status }: EventFailed): void {
    if (status === 'timed-out') this.#count(plugin);
  }

  #strayError(plugin: string | undefined, kind: StrayErrorKind): void {
    if (!NO_FAILURES.has(kind)) this.#count(plugin);
  }

  #hangs(plugin: string, hanging: number): void {
    const runtime = hanging >= HANGING_LIMIT ? this.#runtimeOf(plugin) : undefined;
    if (runtime) this.orchestrator.suspend(runtime);
  }

  #count(plugin: string | undefined): void {
    const runtime = this.#runtimeOf(plugin);
    if (runtime) this.orchestrator.countFailure(runtime);
  }

  #runtimeOf(plugin: string | undefined): PluginRuntime | undefined {
    return this.graph.all().find(({ name }) => name === plugin);
  }
}
