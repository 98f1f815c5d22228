/** Counts what goes wrong in a running plugin outside of its start, so that one that keeps hanging or throwing stray errors is suspended. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EVENT_FAILED, EventBus, type EventFailed, OnEvent } from '../events/index.js';
import { HOST_NAME } from '../plugin/index.js';
import { type StrayErrorKind, StrayErrors } from '../telemetry/index.js';
import { Orchestrator } from './orchestrator.js';
import { PluginGraph } from './plugin-graph.js';

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
  }

  onModuleDestroy(): void {
    this.#subscription[Symbol.dispose]();
  }

  /** A handler that failed has reported so and is done; one that exceeded its deadline may hold on to what it has for ever. */
  @OnEvent(EVENT_FAILED)
  deliveryFailed({ plugin, status }: EventFailed): void {
    if (status === 'timed-out') this.#count(plugin);
  }

  /** Listeners that pile up are to be mended, but nothing has failed. */
  #strayError(plugin: string | undefined, kind: StrayErrorKind): void {
    if (kind !== 'listener-leak') this.#count(plugin);
  }

  #count(plugin: string | undefined): void {
    const runtime = this.graph.all().find(({ name }) => name === plugin);
    if (runtime) this.orchestrator.countFailure(runtime);
  }
}
