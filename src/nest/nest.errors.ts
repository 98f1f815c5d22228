/** Errors about what Nest is asked for. Their codes are listed in docs/errors.md, tested in both directions. */
import { PanottiError } from '../common/index.js';

/** A handler of a controller: `Orders.place (POST /api/orders)`. */
export interface RoutePlace {
  readonly plugin: string;
  readonly where: string;
}

/** Two controllers of a plugin claim the same route, or one cannot be read. */
export class PluginRouteConflictError extends PanottiError {
  constructor({ plugin, where }: RoutePlace, cause: unknown) {
    super({
      code: 'PLUGIN_ROUTE_CONFLICT',
      plugin,
      message: `Plugin "${plugin}" cannot serve ${where}: another of its handlers has the same route, or its path or constraints cannot be read.`,
      fix: 'Give each handler of the plugin a method and path, or a constraint, of its own.',
      cause,
    });
  }
}

/** A plugin injects a class of a second copy of a package, which the host knows under another identity. */
export class PluginClassTwiceError extends PanottiError {
  /** @param details.package the package of the host's class; `undefined` where that is not known */
  constructor(details: {
    readonly plugin: string;
    readonly neededBy: string;
    readonly name: string;
    readonly package: string | undefined;
    readonly cause: unknown;
  }) {
    const { plugin, neededBy, name, package: from, cause } = details;
    const home = from ?? 'its package';
    super({
      code: 'PLUGIN_PACKAGE_TWICE',
      plugin,
      message:
        `Plugin "${plugin}" has a second copy of ${from ?? `the package of ${name}`}: ${neededBy} injects a class ${name} ` +
        `that is not the ${name}${from === undefined ? '' : ` of ${from}`} that is provided there.`,
      fix:
        `Leave ${home} out of the bundle of the plugin (external), and import it by its name, so that there is one copy; ` +
        `in a test runner, map that name to the copy of the host (moduleNameMapper of Jest).`,
      cause,
    });
  }
}
