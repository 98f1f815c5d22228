/** Everything that lets work reach one running plugin: requests, events, what explorers serve, and its health checks. */
import { Injectable } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { type Attachment, EventBus, type HeldEvents } from '../../events/index.js';
import { type ExplorerAttachment, PluginExplorers } from '../../explorers/index.js';
import { type AttachedHealthChecks, HealthIndicators } from '../../health/index.js';
import { PluginRoutes } from '../../http/index.js';
import type { OwnModules } from './own-modules.js';

/** Makes the intake of each start of a plugin. */
@Injectable()
export class Intakes {
  constructor(
    private readonly bus: EventBus,
    private readonly explorers: PluginExplorers,
    private readonly routes: PluginRoutes,
    private readonly indicators: HealthIndicators,
  ) {}

  of(modules: OwnModules): Intake {
    return new Intake(modules, this.bus, this.explorers, this.routes, this.indicators);
  }
}

export class Intake {
  #enhancers: ApplicationConfig | undefined;
  #attachment: Attachment | undefined;
  #explored: ExplorerAttachment | undefined;
  #checks: AttachedHealthChecks | undefined;

  constructor(
    private readonly modules: OwnModules,
    private readonly bus: EventBus,
    private readonly explorers: PluginExplorers,
    private readonly routes: PluginRoutes,
    private readonly indicators: HealthIndicators,
  ) {}

  /** Prepares the routes, once the modules are built. @throws what Nest throws for a global enhancer that cannot be one */
  prepareRoutes(): void {
    this.#enhancers = this.routes.enhancersOf(this.modules.built);
  }

  /** Subscribes the handlers, and starts what explorers serve. */
  async attach(): Promise<void> {
    const { plugin, classes, all, signal } = this.modules;
    this.#attachment = this.bus.attach(plugin, classes);
    await this.#attachment.isStored;
    if (!signal.aborted) this.#explored = this.explorers.attach(plugin, all, signal);
  }

  /** Lets requests in. */
  openRoutes(): void {
    const { plugin, all } = this.modules;
    if (this.#enhancers) this.routes.open(plugin, all, this.#enhancers);
  }

  /** Registers the health checks: last, because a check makes sense only for a plugin that is up. */
  watchHealth(): void {
    const singletons = this.modules.classes.flatMap(({ instance }) => (instance ? [instance] : []));
    this.#checks = this.indicators.attach(this.modules.plugin, singletons);
  }

  /** Makes events wait for the plugin's next instance instead of handling them. */
  holdEvents(): HeldEvents | undefined {
    return this.#attachment && this.bus.hold(this.#attachment);
  }

  /** Handles what has waited, before anything newer. */
  takeOver(held: HeldEvents | undefined): void {
    if (!this.#attachment) return;
    held?.release(this.#attachment);
    this.bus.activate(this.#attachment);
  }

  /** From here on no new requests, no new events and nothing new of what explorers serve come in. */
  close(): void {
    this.routes.close(this.modules.plugin);
    this.#enhancers = undefined;
    this.#attachment?.close();
    this.#explored?.close();
    this.#checks?.close();
  }

  /** Waits for open requests and running handlers. @returns what had to be given up, in words */
  async drain(timeoutMs: number): Promise<string[]> {
    const [requests, handlers, explored = []] = await Promise.all([
      this.routes.drain(this.modules.plugin, timeoutMs),
      this.#attachment?.drain(timeoutMs),
      this.#explored?.drain(timeoutMs),
    ]);
    const abandoned = handlers?.abandoned ?? 0;
    return [
      ...(requests > 0 ? [`${requests} open request(s) were cut`] : []),
      ...(abandoned > 0 ? [`${abandoned} event delivery(ies) were abandoned`] : []),
      ...explored,
    ];
  }
}
