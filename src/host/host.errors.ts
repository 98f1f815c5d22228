/** Errors of the host room. Their codes, and those of its problems, are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';
import { problemReport, type PluginProblem } from './plugin-problem.js';

/** Everything that is wrong with the plugins, for callers that do not go on then: `--strict`. */
export class PluginCatalogError extends PanottiError {
  constructor(readonly problems: readonly PluginProblem[]) {
    super({
      code: 'PLUGIN_CATALOG_INVALID',
      message: problemReport(problems),
      fix: 'Correct the problems above, or start without --strict to go on without these plugins.',
    });
  }
}
