/** Errors of the host room. Their codes, and those of its problems, are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';
import { problemReport, type PluginProblem } from './plugin-problem.js';

/** Everything that is wrong with plugins, for callers that do not go on then: `--strict`, and commands on one plugin. */
export class PluginCatalogError extends PanottiError {
  constructor(
    readonly problems: readonly PluginProblem[],
    fix = 'Correct the problems above.',
  ) {
    super({ code: 'PLUGIN_CATALOG_INVALID', message: problemReport(problems), fix });
  }
}
