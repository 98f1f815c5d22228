/** What the commands of this group have in common: they look at the catalog of plugins and report the problems in it. */
import { problemReport, type PluginCatalog } from '../../host/index.js';
import { openCatalog } from '../access/open-catalog.js';
import type { CommandCall } from '../command/command.js';
import { ExitCode } from '../command/exit-code.js';

/** Problems are reported after the result; only `--strict` makes a failure of them. */
export async function inspectCatalog(
  { context, options }: CommandCall,
  render: (catalog: PluginCatalog) => string,
): Promise<void> {
  using catalog = await openCatalog(options, context);
  const { terminal, finish } = context;
  terminal.out(`${render(catalog)}\n`);
  if (catalog.problems.length === 0) return;
  terminal.err(`\n${problemReport(catalog.problems)}\n`);
  if (options.strict) finish(ExitCode.configuration);
}
