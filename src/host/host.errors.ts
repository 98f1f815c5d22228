/** Errors of the host room. Their codes, and those of its problems, are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';
import { printableText } from './printable-text.js';
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

/** Code of a plugin reaches a copy of a package that the host shares, other than the host's. */
export class PackageTwiceError extends PanottiError {
  constructor(details: {
    readonly name: string;
    readonly folder: string;
    readonly hosts: string;
    readonly importer: string;
  }) {
    const { name, folder, hosts, importer } = details;
    super({
      code: 'PLUGIN_PACKAGE_TWICE',
      message:
        `${printableText(importer)} imports a second copy of ${name}: the host has ${printableText(hosts)}, and this is ${printableText(folder)}. ` +
        'Classes of one copy are unknown to the other.',
      fix: `Import it by its name, "${name}", which gives the copy of the host, or remove the second copy.`,
    });
  }
}
