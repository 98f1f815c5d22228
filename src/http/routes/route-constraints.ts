/**
 * Constraints of routes, versions in headers among them: how a request is told to meet them. The strategies are those of the server; a
 * plugin's own table gets copies, because a router marks the strategies that it has.
 */
import { type VersioningOptions, VersioningType } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Config, HTTPVersion } from 'find-my-way';
import { PluginRouteUnsupportedError } from '../http.errors.js';
import type { RoutePlace } from '../../nest/index.js';

type Strategies = NonNullable<Config<HTTPVersion.V1>['constraints']>;
type Strategy = Strategies[string];
type Derive = (request: FastifyRequest['raw']) => unknown;

/** What find-my-way knows by itself, unless the server has a strategy of the same name. */
const BUILT_IN: Readonly<Record<string, Derive>> = {
  host: ({ headers }) => headers.host ?? headers[':authority'],
  version: ({ headers }) => headers['accept-version'],
};

export class RouteConstraints {
  readonly #strategies: Strategies;

  constructor(strategies: Strategies, versioning: () => VersioningOptions | undefined) {
    this.#strategies = Object.fromEntries(
      Object.entries(strategies).map(([name, strategy]) => [
        name,
        name === 'version' ? withExtractor(strategy, versioning) : strategy,
      ]),
    );
  }

  /** For one table. */
  copies(): Strategies {
    return Object.fromEntries(Object.entries(this.#strategies).map(([name, strategy]) => [name, { ...strategy }]));
  }

  /** @throws PluginRouteUnsupportedError for a constraint that no request below a mount could be held to */
  check(names: Iterable<string>, place: RoutePlace): void {
    for (const name of names) {
      const refusal = this.#refusalOf(name);
      if (refusal) throw new PluginRouteUnsupportedError(place, refusal);
    }
  }

  /** What a request has for each of these constraints. @throws what the extractor of a custom versioning throws */
  derive(names: Iterable<string>, request: FastifyRequest['raw']): Record<string, unknown> {
    const derived: Record<string, unknown> = {};
    for (const name of names) {
      const strategy = this.#strategies[name];
      derived[name] = strategy ? (strategy.deriveConstraint as Derive)(request) : BUILT_IN[name]?.(request);
    }
    return derived;
  }

  #refusalOf(name: string): { what: string; alternative: string } | undefined {
    const strategy = this.#strategies[name];
    if (!strategy && name in BUILT_IN) return undefined;
    const what = `its constraint "${name}"`;
    if (!strategy) {
      const alternative = `give the strategy to \`new FastifyAdapter({ routerOptions: { constraints } })\`; one that is added later is not found`;
      return { what: `${what} has no strategy in the server`, alternative };
    }
    // find-my-way takes a third parameter for a callback.
    if (strategy.deriveConstraint.length === 3) {
      return {
        what: `${what} is derived asynchronously`,
        alternative: 'derive it synchronously, or decide in a guard',
      };
    }
    if (strategy.mustMatchWhenDerived) {
      const reason = 'must match when derived, so that such requests do not reach plugins';
      return {
        what: `${what} ${reason}`,
        alternative: 'leave `mustMatchWhenDerived` out of the strategy, or decide in a guard',
      };
    }
    return undefined;
  }
}

/** Nest's own strategy keeps what the extractor throws for a hook that has run by then. */
function withExtractor(strategy: Strategy, versioning: () => VersioningOptions | undefined): Strategy {
  const deriveConstraint: Strategy['deriveConstraint'] = (request, context) => {
    const options = versioning();
    // The type knows one version only; the storage of Nest's strategy takes several.
    if (options?.type === VersioningType.CUSTOM) return options.extractor(request) as string;
    return strategy.deriveConstraint(request, context) as string;
  };
  return { ...strategy, deriveConstraint };
}
