/**
 * Keeps the answers of `/health` and `/health/ready` as they are sent, for as long as nothing that they tell has changed, and gives them out
 * ahead of Nest's router. Only answers with 200 are kept. An application with guards or interceptors for all routes gets each request itself.
 */
import { Injectable } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { FastifyInstance } from 'fastify';
import { Clock } from '../common/index.js';
import { HealthIndicators } from './health-indicators.js';
import { type PluginStatus, PluginStatusPort, type StoreState, StoreStatePort } from './host-status.port.js';

const HEADERS = {
  'cache-control': 'no-cache, no-store, must-revalidate',
  'content-type': 'application/json; charset=utf-8',
};

export type KeptAnswerName = 'everything' | 'ready';

/** What an answer was made of. */
interface Sources {
  readonly hasStarted: boolean;
  readonly isDraining: boolean;
  readonly store: StoreState;
  readonly plugins: readonly PluginStatus[];
  readonly checks: number;
}

interface KeptAnswer {
  readonly sources: Sources;
  /** In monotonic milliseconds: the results of checks are not to be shown for longer. */
  readonly untilMs: number;
  readonly text: string;
}

@Injectable()
export class KeptAnswers {
  readonly #kept = new Map<KeptAnswerName, KeptAnswer>();

  constructor(
    private readonly host: PluginStatusPort,
    private readonly store: StoreStatePort,
    private readonly indicators: HealthIndicators,
    private readonly clock: Clock,
    private readonly application: ApplicationConfig,
  ) {}

  /** @returns the answer that `build` makes, and keeps it unless something has changed while it was built */
  async keep(name: KeptAnswerName, build: () => Promise<HealthCheckResult>): Promise<HealthCheckResult> {
    const sources = this.#sources();
    const answer = await build();
    const untilMs = name === 'everything' ? this.indicators.freshUntilMs() : Infinity;
    if (this.#isCurrent(name, sources)) this.#kept.set(name, { sources, untilMs, text: JSON.stringify(answer) });
    return answer;
  }

  /**
   * Has a server answer GET requests from what is kept.
   *
   * @param paths by the name of the answer
   */
  serve(server: FastifyInstance, paths: Readonly<Record<KeptAnswerName, string>>): void {
    const names = new Map(Object.entries(paths).map(([name, path]) => [path, name as KeptAnswerName]));
    // After all that handles a request as it comes in, such as CORS and middleware.
    server.addHook('preHandler', (request, reply, next) => {
      const name = request.method === 'GET' ? names.get(request.routeOptions.url ?? '') : undefined;
      const text = name && this.#textOf(name);
      if (text === undefined) return next();
      void reply.headers(HEADERS).send(text);
    });
  }

  #textOf(name: KeptAnswerName): string | undefined {
    const kept = this.#kept.get(name);
    if (!kept) return undefined;
    const isGood =
      this.clock.monotonicMs() < kept.untilMs && this.#isCurrent(name, kept.sources) && !this.#isApplicationAsked();
    if (!isGood) this.#kept.delete(name);
    return isGood ? kept.text : undefined;
  }

  #sources(): Sources {
    return {
      hasStarted: this.host.hasStarted(),
      isDraining: this.host.isDraining(),
      store: this.store.store(),
      plugins: this.host.plugins(),
      checks: this.indicators.revision,
    };
  }

  #isCurrent(name: KeptAnswerName, { hasStarted, isDraining, store, plugins, checks }: Sources): boolean {
    const { state, damaged, resealLeft } = this.store.store();
    return (
      this.host.hasStarted() === hasStarted &&
      this.host.isDraining() === isDraining &&
      this.host.plugins() === plugins &&
      (name === 'ready' || this.indicators.revision === checks) &&
      state === store.state &&
      damaged === store.damaged &&
      resealLeft === store.resealLeft
    );
  }

  /** True if something of the application looks at each request, and may refuse it or change its answer. */
  #isApplicationAsked(): boolean {
    const { application } = this;
    return (
      application.getGlobalGuards().length > 0 ||
      application.getGlobalRequestGuards().length > 0 ||
      application.getGlobalInterceptors().length > 0 ||
      application.getGlobalRequestInterceptors().length > 0
    );
  }
}
