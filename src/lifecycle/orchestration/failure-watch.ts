/** Counts what goes wrong in a running plugin outside of its start, so that one that keeps hanging or throwing stray errors is suspended. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EVENT_FAILED, EventBus, type EventFailed, OnEvent } from '../../events/index.js';
import { HOST_NAME } from '../../plugin/index.js';
import { type StrayErrorKind, StrayErrors } from '../../telemetry/index.js';
import { Orchestrator } from './orchestrator.js';
import { PluginGraph } from './plugin-graph.js';
import type { PluginRuntime } from './plugin-runtime.js';

/** So many calls of a plugin that hang at once suspend it. */
const HANGING_LIMIT = 3;

/** What is to be corrected, although nothing has failed. */
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

  /** A handler that failed has reported so and is done; one that exceeded its deadline may hold on to what it has for ever. */
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
